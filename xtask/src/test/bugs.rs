//! The bugs that choreographed sagas are known for, each with the one test
//! that shows ours does not have it.
//!
//! `--bug NAME` runs that test, which is green. `--break NAME` runs it in a
//! build in which the mechanism that prevents the bug is switched off: then it
//! is red, or it would prove nothing.

use super::stages::Stage;

/// The workspace of the crate that holds the tests.
const WORKSPACE: &str = "dev/Cargo.toml";
/// That crate.
const PACKAGE: &str = "e2e";
/// The test file in it for bugs that show on the embedded broker and database.
const EMBEDDED: &str = "bugs";
/// The test file in it, behind a feature, for those that need the real ones.
const REAL: &str = "real";
const REAL_FEATURE: &str = "test-services";
/// Its feature that lets the variable below switch mechanisms off.
const BREAK_FEATURE: &str = "break";
/// The variable that names what is switched off.
const VARIABLE: &str = "SAGA_BREAK";

/// One known bug.
#[derive(Debug)]
pub struct Bug {
    /// The name for `--bug` and `--break`.
    pub name: &'static str,
    /// What goes wrong where it is present.
    pub what: &'static str,
    /// The full name of its test.
    test: &'static str,
    /// Whether the test needs the real broker and database.
    needs_infra: bool,
}

/// Every known bug.
pub static BUGS: [Bug; 15] = [
    embedded("address-in-memory", "the address is kept in memory and lost on a restart", "address_in_memory"),
    embedded(
        "overtaking",
        "ProductDecreased overtakes OrderCreated and the order stays PENDING",
        "overtaking",
    ),
    embedded(
        "silent-failed-decrease",
        "a failed decrease is told to nobody and the order stays PENDING",
        "silent_failed_decrease",
    ),
    embedded(
        "uncommitted-send",
        "events are sent inside an uncommitted transaction: ghosts and losses",
        "uncommitted_send",
    ),
    embedded("missing-key", "messages have no key, so those of one order are not in order", "missing_key"),
    embedded("redelivery", "a redelivered message takes the stock twice", "redelivery"),
    real("lost-update", "two orders read the same stock and both take it", "lost_update"),
    embedded(
        "rejection-retry",
        "a rejected decrease is retried, blocks its partition and fails ten times",
        "rejection_retry",
    ),
    embedded(
        "late-start",
        "a service that first starts after the first messages never sees them",
        "late_start",
    ),
    embedded("undecodable", "an undecodable message is dropped", "undecodable"),
    embedded("failed-compensation", "a failed compensation is only logged", "failed_compensation"),
    embedded(
        "restart-between-messages",
        "a service stopped between the two messages of a join forgets the first",
        "restart_between_messages",
    ),
    embedded(
        "headerless-twice",
        "a message without headers that comes twice has its effect twice",
        "headerless_twice",
    ),
    embedded("idempotency-key", "the same Idempotency-Key makes two orders", "idempotency_key"),
    real("hot-product", "two instances of product oversell one hot product", "hot_product"),
];

/// A bug whose test runs on the embedded broker and database.
const fn embedded(name: &'static str, what: &'static str, test: &'static str) -> Bug {
    Bug { name, what, test, needs_infra: false }
}

/// A bug whose test needs the real ones.
const fn real(name: &'static str, what: &'static str, test: &'static str) -> Bug {
    Bug { name, what, test, needs_infra: true }
}

impl Bug {
    /// The bug with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        BUGS.iter().find(|bug| bug.name == name)
    }

    /// Its test as it has to be: green.
    pub fn stage(&self) -> Stage {
        self.run(format!("bug {}", self.name), &[])
    }

    /// Its test with the mechanism switched off.
    pub fn broken_stage(&self) -> Stage {
        self.run(format!("break {}", self.name), &[BREAK_FEATURE]).env(VARIABLE, self.name)
    }

    fn run(&self, name: String, features: &[&str]) -> Stage {
        let mut features = features.to_vec();
        let target = if self.needs_infra { REAL } else { EMBEDDED };
        if self.needs_infra {
            features.push(REAL_FEATURE);
        }
        let features = match features.as_slice() {
            [] => String::new(),
            features => format!("--features {} ", features.join(",")),
        };
        let test = self.test;
        self.on(Stage::cargo(
            name,
            &format!("test --manifest-path {WORKSPACE} --package {PACKAGE} {features}--test {target} -- --exact {test}"),
        )
        .tests())
    }

    fn on(&self, stage: Stage) -> Stage {
        if self.needs_infra { stage.on_infra() } else { stage }
    }
}

/// A stage for every bug that passes when the broken build fails its test.
pub fn all_broken() -> Vec<Stage> {
    BUGS.iter().map(|bug| bug.broken_stage().red()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bug_is_found_by_its_name_and_has_its_own_test() {
        for (index, bug) in BUGS.iter().enumerate() {
            assert!(std::ptr::eq(Bug::named(bug.name).expect("found"), bug));
            assert!(BUGS[..index].iter().all(|other| other.test != bug.test));
        }
    }

    #[test]
    fn a_broken_run_says_what_is_broken() {
        let line = BUGS[0].broken_stage().command_line();
        assert!(line.starts_with("SAGA_BREAK=address-in-memory cargo test "), "{line}");
        assert!(line.contains(" --features break "), "{line}");
    }
}
