//! The stages of `cargo xtask test`, in order. To add one, add a line to
//! [`table`].

use std::time::Duration;

/// One stage: a command, and when it counts as passed.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    /// The name for `--only`, and in the summary.
    pub name: String,
    /// What it runs.
    pub work: Work,
    /// Environment variables of the command.
    pub env: Vec<(&'static str, String)>,
    /// Whether a broker and a database have to be running.
    pub needs_infra: bool,
    /// When it has passed.
    pub expects: Expects,
    /// How long it may take before it counts as hanging.
    pub limit: Duration,
}

/// What a stage runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Work {
    /// `cargo` with these arguments.
    Cargo(Vec<String>),
    /// `cargo deny` with these arguments, installed when it is missing.
    Deny(Vec<String>),
    /// `typos`, installed when it is missing.
    Typos,
    /// `cargo deny` for advisories, whose database comes over the network.
    Advisories(Vec<String>),
}

/// When a stage has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expects {
    /// The command succeeds.
    Success,
    /// The command succeeds, and at least one test ran: a filter that matches
    /// nothing is a failure.
    GreenTests,
    /// At least one test fails: it proves that the test can detect its bug.
    RedTests,
}

/// `cargo deny` on each workspace, with the one configuration.
const ROOT: &str = "--manifest-path Cargo.toml --config deny.toml";
const CODEGEN: &str = "--manifest-path codegen/Cargo.toml --config deny.toml";
const TRAVEL: &str = "--manifest-path examples/travel/Cargo.toml --config deny.toml";
const DEV: &str = "--manifest-path dev/Cargo.toml --config deny.toml";
/// Without the graph of who depends on a finding: `cargo tree -i` shows it.
const CHECK: &str = "check --hide-inclusion-graph";

/// Tests of the saga from outside.
const E2E: &str = "test --manifest-path dev/Cargo.toml --package e2e";
/// Tests that start servers of their own.
const XTASK: &str = "test --manifest-path xtask/Cargo.toml";
/// What has stages of its own among the tests of the tour.
const APART: &str = "--skip outside:: --skip packages::";

/// Other sagas than the shipped one.
const SAGAS: [&str; 5] = ["lifecycle", "natural_keys", "people", "steps", "variants"];
/// The examples that are simulated, each in its own workspace.
const EXAMPLES: [&str; 8] =
    ["approval", "food", "foreign", "lines", "onboarding", "policy", "return", "travel"];

/// The simulation of a saga. Only the saga's own crates are rebuilt for it.
pub(super) fn simulated(saga: &str) -> String {
    let worlds = if EXAMPLES.contains(&saga) { example(saga) } else { simulation(&[saga]) };
    format!("{worlds} -- --exact seeds")
}

/// The simulation of sagas, under one mutation after another.
fn mutated(worlds: &str) -> String {
    format!("{worlds} -- --exact every_mutation_is_noticed")
}

/// The simulations of that package with these names, in one build.
fn simulation(names: &[&str]) -> String {
    let tests: String = names.iter().map(|name| format!(" --test {name}")).collect();
    format!(
        "test --manifest-path dev/Cargo.toml --package saga-simulation --features mutations{tests} \
         --config dev/simulation/optimised.toml --config dev/simulation/optimised_shipped.toml"
    )
}

/// The simulation of an example, in its own build.
fn example(name: &str) -> String {
    format!("{} --test seeds", tests_of(name))
}

/// The tests of the crates of an example that are written by hand.
fn tests_of(name: &str) -> String {
    // No generated crate has a test, and each would be linked once more.
    let beside = if name == "travel" { " --package gateway" } else { "" };
    format!(
        "test --manifest-path examples/{name}/Cargo.toml --config examples/.cargo/config.toml \
         --config dev/simulation/optimised.toml --package *-handlers --package *-simulation{beside} \
         --features mutations"
    )
}

/// All code, and no warning.
const LINTS: &str = "--all-targets -- -D warnings";

/// How many tests run at a time where most wait for a timer, a group or a server.
const THREADS: &str = "6";

/// All tests, also after one that failed.
const TESTS: &str = "test --workspace --no-fail-fast";

/// Every stage, in the order in which they run: quick ones, and those that others build on, first.
pub(super) fn table() -> Vec<Stage> {
    let mut stages = vec![
        Stage::cargo("fmt", "fmt --all --check"),
        Stage::cargo("fmt-codegen", "fmt --all --check --manifest-path codegen/Cargo.toml"),
        Stage::cargo("fmt-dev", "fmt --all --check --manifest-path dev/Cargo.toml"),
        Stage::new("typos".to_owned(), Work::Typos),
        Stage::cargo("generated", "saga generate --check"),
        Stage::cargo("clippy", &format!("clippy --workspace {LINTS}")),
        Stage::cargo(
            "clippy-codegen",
            &format!("clippy --workspace --manifest-path codegen/Cargo.toml {LINTS}"),
        ),
        Stage::cargo("clippy-dev", &format!("clippy --workspace --manifest-path dev/Cargo.toml {LINTS}")),
        Stage::cargo("test", TESTS).env("RUST_TEST_THREADS", THREADS).tests(),
        Stage::cargo("test-codegen", &format!("{TESTS} --manifest-path codegen/Cargo.toml")).tests(),
        Stage::cargo("test-dev", &format!("{TESTS} --manifest-path dev/Cargo.toml"))
            .env("RUST_TEST_THREADS", THREADS)
            .tests(),
        // Other sagas, each a project of its own; what runs their tests comes below.
        Stage::cargo("examples", "xtask examples"),
        // A hundred times the worlds of a plain run; optimised, they take a quarter of the time.
        Stage::cargo("simulation", &simulated("simulation")).env("SIMULATION_SEEDS", "10000").tests(),
        // Sagas made for single features; those of the examples have more worlds.
        Stage::cargo("simulation-sagas", &format!("{} -- --exact seeds", simulation(&SAGAS)))
            .env("SIMULATION_SEEDS", "500")
            .tests(),
        // The simulation again, under one mutation after another.
        Stage::cargo("simulation-mutations", &mutated(&simulation(&["simulation"]))).tests(),
        Stage::cargo("simulation-sagas-mutations", &mutated(&simulation(&["people"]))).tests(),
        // Parts of a service that panic, in processes of their own.
        Stage::cargo("supervision", &simulation(&["supervision"])),
        // The export of traces, which no other build has.
        Stage::cargo(
            "clippy-traces",
            "clippy --package saga-runtime --features saga-runtime/otlp --all-targets -- -D warnings",
        ),
        Stage::cargo(
            "clippy-traces-dev",
            "clippy --manifest-path dev/Cargo.toml --package e2e --features otlp --all-targets -- -D warnings",
        ),
        Stage::cargo("traces", &format!("{E2E} --features otlp --test traces")).tests(),
        Stage::cargo(
            "store-postgres",
            "test --package saga-runtime --features test-services --test store_postgres",
        )
        .tests()
        .on_infra(),
        // The topics have fixed names, so one test at a time.
        Stage::cargo("real", &format!("{E2E} --features test-services --test real -- --test-threads 1"))
            .tests()
            .on_infra(),
        Stage::cargo(
            "topology",
            &format!("{E2E} --features test-services --test topology -- --test-threads 1"),
        )
        .tests()
        .on_infra(),
        Stage::cargo("counts", &format!("{E2E} --features test-services --test counts -- --nocapture"))
            .tests()
            .on_infra(),
        // The saga on servers of its own, under faults: one fixed schedule, and a new one each time.
        Stage::cargo("chaos", "xtask chaos --seed 1 --minutes 2"),
        Stage::cargo("chaos-fresh", "xtask chaos --minutes 1"),
        Stage::cargo("doc", "doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings"),
        Stage::cargo("doc-codegen", "doc --workspace --no-deps --manifest-path codegen/Cargo.toml")
            .env("RUSTDOCFLAGS", "-D warnings"),
        Stage::cargo("doc-dev", "doc --workspace --no-deps --manifest-path dev/Cargo.toml")
            .env("RUSTDOCFLAGS", "-D warnings"),
    ];
    let after = stages.iter().position(|stage| stage.name == "simulation-sagas").expect("one of them") + 1;
    stages.splice(after..after, EXAMPLES.iter().map(|example| worlds_of(example)));
    stages.extend(projects());
    stages.extend(copies());
    stages.extend(dependencies());
    stages
}

/// All tests of an example: of its handlers, of its simulation with them, and every transition of its proof. They have
/// one build, optimised.
fn worlds_of(name: &str) -> Stage {
    Stage::cargo(
        format!("example-{name}"),
        &format!("{} --no-fail-fast --lib --bins --tests", tests_of(name)),
    )
    .env("SIMULATION_SEEDS", "2000")
    .tests()
}

/// What starts servers of its own, or builds projects of its own.
fn projects() -> Vec<Stage> {
    vec![
        // `cargo saga up` itself: it starts servers of its own.
        Stage::cargo("up", "test --manifest-path codegen/Cargo.toml --test up -- --ignored --test-threads 1")
            .tests(),
        // Begins a project outside of this repository, and edits it while it runs.
        Stage::cargo(
            "dev",
            "test --manifest-path codegen/Cargo.toml --test dev -- --ignored --nocapture --test-threads 1",
        )
        .tests(),
        // Servers of its own, which go away and come back.
        Stage::cargo("outage", &format!("{XTASK} --test outage -- --ignored")).tests(),
        // Builds the services with another feature, and starts servers of its own, which ask for TLS.
        Stage::cargo("tls", &format!("{XTASK} --test tls -- --ignored")).tests(),
        // Scanners of pinned versions check the manifests; they are installed once.
        Stage::cargo("k8s-check", "xtask k8s-check"),
    ]
}

/// Copies of this repository, and projects outside of it.
fn copies() -> Vec<Stage> {
    vec![
        // Edits a copy of this repository, and builds and runs it.
        Stage::cargo("tour", &format!("{XTASK} --test tour -- --ignored --test-threads 1 {APART}")).tests(),
        // Packs what a release would publish, and compiles it.
        Stage::cargo("packages", &format!("{XTASK} --test tour -- --ignored packages::")).tests(),
        // Installs the tool, and begins projects in a folder that is not in this repository.
        Stage::cargo("outside", &format!("{XTASK} --test tour -- --ignored outside::")).tests(),
    ]
}

/// What others wrote: licences, sources and known defects.
fn dependencies() -> Vec<Stage> {
    vec![
        Stage::deny("deny", &format!("{ROOT} {CHECK} licenses bans sources")),
        Stage::deny("deny-codegen", &format!("{CODEGEN} {CHECK} licenses bans sources")),
        Stage::deny("deny-dev", &format!("{DEV} {CHECK} licenses bans sources")),
        // The only example with dependencies of its own.
        Stage::deny("deny-travel", &format!("{TRAVEL} {CHECK} licenses bans sources")),
        Stage::advisories("advisories", &format!("{ROOT} --offline {CHECK} advisories")),
        Stage::advisories("advisories-codegen", &format!("{CODEGEN} --offline {CHECK} advisories")),
        Stage::advisories("advisories-dev", &format!("{DEV} --offline {CHECK} advisories")),
    ]
}

impl Stage {
    /// A stage that runs cargo. No argument may hold a blank.
    pub(super) fn cargo(name: impl Into<String>, arguments: &str) -> Self {
        Self::new(name.into(), Work::Cargo(words(arguments)))
    }

    fn deny(name: &str, arguments: &str) -> Self {
        Self::new(name.to_owned(), Work::Deny(words(arguments)))
    }

    fn advisories(name: &str, arguments: &str) -> Self {
        Self::new(name.to_owned(), Work::Advisories(words(arguments)))
    }

    fn new(name: String, work: Work) -> Self {
        Self {
            name,
            work,
            env: Vec::new(),
            needs_infra: false,
            expects: Expects::Success,
            limit: Duration::from_secs(20 * 60),
        }
    }

    /// With a variable.
    pub(super) fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// Passed when tests ran and none failed.
    pub(super) fn tests(mut self) -> Self {
        self.expects = Expects::GreenTests;
        self
    }

    /// Passed when a test failed.
    pub(super) fn red(mut self) -> Self {
        self.expects = Expects::RedTests;
        self
    }

    /// With `TEST_KAFKA_BROKERS` and `TEST_DATABASE_URL` of real servers.
    pub(super) fn on_infra(mut self) -> Self {
        self.needs_infra = true;
        self
    }

    /// The command, as it would be typed.
    pub(super) fn command_line(&self) -> String {
        let (program, arguments) = match &self.work {
            Work::Cargo(arguments) => ("cargo", arguments.as_slice()),
            Work::Deny(arguments) | Work::Advisories(arguments) => ("cargo deny", arguments.as_slice()),
            Work::Typos => ("typos", &[][..]),
        };
        let mut line = String::new();
        for (name, value) in &self.env {
            if value.contains(' ') {
                line.push_str(&format!("{name}='{value}' "));
            } else {
                line.push_str(&format!("{name}={value} "));
            }
        }
        line + &[&[program.to_owned()], arguments].concat().join(" ")
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let mut seen = HashSet::new();
        for stage in table() {
            assert!(seen.insert(stage.name.clone()), "{} twice", stage.name);
        }
    }

    #[test]
    fn every_example_with_a_simulation_is_simulated() {
        let examples = testbed::repo::root().join("examples");
        let folders =
            std::fs::read_dir(examples).expect("the examples").map(|it| it.expect("a folder").path());
        let simulated = folders.filter(|folder| folder.join("simulation").is_dir());
        let mut names: Vec<String> =
            simulated.map(|it| it.file_name().expect("a name").to_string_lossy().into_owned()).collect();
        names.sort();
        assert_eq!(names, EXAMPLES);
    }

    #[test]
    fn a_command_line_can_be_pasted() {
        let stage = Stage::cargo("doc", "doc --no-deps").env("RUSTDOCFLAGS", "-D warnings").env("A", "b");
        assert_eq!(stage.command_line(), "RUSTDOCFLAGS='-D warnings' A=b cargo doc --no-deps");
    }
}
