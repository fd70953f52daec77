//! The bugs that choreographed sagas are known for, each prevented by a mechanism.
//!
//! `--bug NAME` runs the test of one bug, which is green. `--mutate NAME` switches the mechanism
//! off and runs what must notice: it is red, or it would prove nothing. Which test that is, each
//! [`Mutation`] says itself.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::stages::{Stage, simulated};
use mutations::{MUTATION_VARIABLE, Mutation, SIMULATION_SEEDS, Witness};

/// The workspace of the crate that holds the tests.
const WORKSPACE: &str = "dev/Cargo.toml";
/// That crate.
const PACKAGE: &str = "e2e";
/// The test file in it for bugs that show on the embedded broker and database.
const EMBEDDED: &str = "bugs";
/// The test file in it, behind a feature, for those that need the real ones.
const REAL: &str = "real";
const REAL_FEATURE: &str = "test-services";
/// Its feature that lets the environment activate a mutation.
const MUTATIONS_FEATURE: &str = "mutations";

/// A mutation that has a test of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bug {
    /// It names the bug, too.
    pub mutation: Mutation,
    /// The full name of its test.
    test: &'static str,
    /// Whether the test needs the real broker and database.
    needs_infra: bool,
}

impl Bug {
    /// The bug that a mutation brings back, if a test is made for it.
    pub(super) fn of(mutation: Mutation) -> Option<Self> {
        mutation.witnesses().iter().find_map(|witness| match witness {
            Witness::Test(test) => Some(Self { mutation, test, needs_infra: false }),
            Witness::RealTest(test) => Some(Self { mutation, test, needs_infra: true }),
            Witness::RuntimeTest(_) | Witness::Simulation | Witness::SimulationOf(_) | Witness::Chaos => None,
        })
    }

    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Mutation::ALL.iter().copied().filter_map(Self::of)
    }

    /// Reads the name of one.
    pub(super) fn parser() -> impl TypedValueParser<Value = Self> {
        let names = Self::all().filter_map(|bug| bug.mutation.to_possible_value());
        PossibleValuesParser::new(names)
            .map(|name| Mutation::named(&name).and_then(Self::of).expect("one of the possible values"))
    }

    /// Its test as it has to be: green.
    pub(super) fn stage(self) -> Stage {
        self.run(format!("bug {}", self.mutation.name()), &[])
    }

    fn run(self, name: String, features: &[&str]) -> Stage {
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

    fn on(self, stage: Stage) -> Stage {
        if self.needs_infra { stage.on_infra() } else { stage }
    }
}

/// The unit test of the runtime that must notice a mutation, if there is one.
fn runtime_test(mutation: Mutation) -> Option<&'static str> {
    mutation.witnesses().iter().find_map(|witness| match witness {
        Witness::RuntimeTest(test) => Some(*test),
        _ => None,
    })
}

/// The test of the simulation that must notice a mutation: that of the shipped saga, or of another.
fn simulation(mutation: Mutation) -> Option<&'static str> {
    mutation.witnesses().iter().find_map(|witness| match witness {
        Witness::Simulation => Some("simulation"),
        Witness::SimulationOf(saga) => Some(*saga),
        _ => None,
    })
}

/// What must notice a mutation, with the mutation active: its own test, or the simulation.
pub(super) fn mutated_stage(mutation: Mutation) -> Stage {
    let name = format!("mutation {}", mutation.name());
    let stage = match (Bug::of(mutation), runtime_test(mutation)) {
        (Some(bug), _) => bug.run(name, &[MUTATIONS_FEATURE]),
        (None, Some(test)) => Stage::cargo(
            name,
            &format!("test --package saga-runtime --features {MUTATIONS_FEATURE} --lib -- --exact {test}"),
        )
        .tests(),
        (None, None) => Stage::cargo(name, &simulated(simulation(mutation).unwrap_or("simulation")))
            .env("SIMULATION_SEEDS", SIMULATION_SEEDS.to_string())
            .env("SIMULATION_BRIEF", "1")
            .tests(),
    };
    stage.env(MUTATION_VARIABLE, mutation.name())
}

/// A stage for every mutation with a test of its own, which passes when the test fails.
pub(super) fn all_mutated() -> Vec<Stage> {
    let tested = |mutation: &Mutation| Bug::of(*mutation).is_some() || runtime_test(*mutation).is_some();
    Mutation::ALL.iter().copied().filter(tested).map(|mutation| mutated_stage(mutation).red()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use testbed::repo;

    #[test]
    fn every_bug_has_its_own_test() {
        let bugs: Vec<Bug> = Bug::all().collect();
        for (index, bug) in bugs.iter().enumerate() {
            assert!(bugs[..index].iter().all(|other| other.test != bug.test), "{bug:?}");
            let file = if bug.needs_infra { REAL } else { EMBEDDED };
            let file = repo::root().join(format!("dev/{PACKAGE}/tests/{file}.rs"));
            let text = fs::read_to_string(file).expect("a test file");
            assert!(text.contains(&format!("#[test]\nfn {}() {{", bug.test)), "{bug:?}");
        }
    }

    #[test]
    fn every_mutation_is_noticed_by_what_is_run() {
        for mutation in Mutation::ALL {
            assert!(
                Bug::of(*mutation).is_some()
                    || runtime_test(*mutation).is_some()
                    || simulation(*mutation).is_some(),
                "{mutation:?}"
            );
        }
    }

    #[test]
    fn a_mutated_run_says_what_is_mutated() {
        let line = mutated_stage(Mutation::AddressInMemory).command_line();
        assert!(line.starts_with("SAGA_MUTATION=address-in-memory cargo test "), "{line}");
        assert!(line.contains(" --features mutations --test bugs "), "{line}");
        let line = mutated_stage(Mutation::NoBarrier).command_line();
        assert!(line.contains("SAGA_MUTATION=no-barrier cargo test "), "{line}");
        assert!(line.contains(" --features mutations --test simulation "), "{line}");
    }
}
