//! `cargo xtask test`: every check that a change has to pass, in one command.

mod bugs;
mod child;
mod deny;
mod stages;
mod summary;
mod typos;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use clap::Args;

use mutations::Mutation;
use testbed::cargo::cargo;
use testbed::failure::{Failure, Result};
use testbed::interrupt;
use testbed::{Infra, Purpose};

use bugs::Bug;
use child::{Outcome, Tally};
use stages::{Expects, Stage, Work};
use summary::{Line, Summary, Verdict};

/// Selects what to run; by default, every stage.
#[derive(Debug, Args)]
pub(crate) struct Selection {
    /// Run only this stage; may be repeated.
    #[arg(long, value_name = "STAGE")]
    only: Vec<String>,
    /// List the stages with their commands, the known bugs and the mutations.
    #[arg(long)]
    list: bool,
    /// Run the test of one known bug; it must be green.
    #[arg(long, value_name = "NAME", value_parser = Bug::parser(), conflicts_with_all = ["only", "mutate", "mutations"])]
    bug: Option<Bug>,
    /// Disable one mechanism and run the test that must notice; it must be red.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["only", "mutations"])]
    mutate: Option<Mutation>,
    /// Reintroduce each known bug in turn; a test that stays green is a failure.
    #[arg(long, conflicts_with = "only")]
    mutations: bool,
}

/// Runs the selected stages; an error when one of them did not pass.
pub(crate) fn test(root: &Path, selection: &Selection) -> Result<()> {
    if selection.list {
        list();
        return Ok(());
    }
    let stages = select(selection)?;
    let mut runner = Runner { root, infra: None, summary: Summary::default() };
    for stage in &stages {
        runner.run(stage);
    }
    let Runner { infra, summary, .. } = runner;
    drop(infra);
    summary.print();
    if summary.is_good() { Ok(()) } else { Err(Failure::silent(1)) }
}

fn list() {
    println!("stages, in order:");
    for stage in all() {
        println!("  {:<20} {}", stage.name, stage.command_line());
    }
    println!("\nknown bugs, for --bug and --mutate:");
    for bug in Bug::all() {
        println!("  {:<26} {}", bug.mutation.name(), bug.mutation.consequence());
    }
    println!("\nmore mutations, which the simulation must notice, for --mutate:");
    for mutation in Mutation::ALL.iter().filter(|mutation| Bug::of(**mutation).is_none()) {
        println!("  {:<26} {}", mutation.name(), mutation.consequence());
    }
}

/// Every stage: those of the table, and one for each known bug.
fn all() -> Vec<Stage> {
    let mut stages = stages::table();
    stages.extend(bugs::all_mutated());
    stages
}

fn select(selection: &Selection) -> Result<Vec<Stage>> {
    if let Some(bug) = selection.bug {
        return Ok(vec![bug.stage()]);
    }
    if let Some(mutation) = selection.mutate {
        return Ok(vec![bugs::mutated_stage(mutation)]);
    }
    if selection.mutations {
        return Ok(bugs::all_mutated());
    }
    let mut stages = all();
    if !selection.only.is_empty() {
        for name in &selection.only {
            if !stages.iter().any(|stage| stage.name == *name) {
                return Err(Failure::missing(
                    format!("there is no stage `{name}`"),
                    "`cargo xtask test --list` lists the stages",
                ));
            }
        }
        stages.retain(|stage| selection.only.contains(&stage.name));
    }
    Ok(stages)
}

/// Runs stages one after the other and collects the verdicts.
struct Runner<'a> {
    root: &'a Path,
    /// Started before the first stage that needs it, once.
    infra: Option<std::result::Result<Infra, String>>,
    summary: Summary,
}

impl Runner<'_> {
    fn run(&mut self, stage: &Stage) {
        let begun = Instant::now();
        let verdict = match self.obstacle(stage) {
            Some(reason) => Verdict::NotRun(reason),
            None => {
                println!("\n━━ {} ━━ {}", stage.name, stage.command_line());
                self.attempt(stage).unwrap_or_else(|failure| {
                    eprintln!("{failure}");
                    Verdict::Failed(failure.what().to_owned())
                })
            }
        };
        self.summary.push(Line { stage: stage.name.clone(), verdict, time: begun.elapsed() });
    }

    /// Why a stage cannot run.
    fn obstacle(&mut self, stage: &Stage) -> Option<String> {
        if interrupt::raised() {
            return Some("interrupted".to_owned());
        }
        if stage.needs_infra {
            self.start_infra();
            if let Some(Err(reason)) = &self.infra {
                return Some(reason.clone());
            }
        }
        None
    }

    fn start_infra(&mut self) {
        if self.infra.is_some() {
            return;
        }
        println!("\n━━ infra ━━ a real Apache Kafka and a real PostgreSQL");
        let begun = Instant::now();
        let started = Infra::start(Purpose::Test, self.root);
        let verdict = match &started {
            Ok(_) => Verdict::Passed(Tally::default()),
            Err(failure) => {
                eprintln!("{failure}");
                Verdict::Failed(failure.what().to_owned())
            }
        };
        self.summary.push(Line { stage: "infra".to_owned(), verdict, time: begun.elapsed() });
        self.infra = Some(started.map_err(|_| "infra did not start".to_owned()));
    }

    fn attempt(&self, stage: &Stage) -> Result<Verdict> {
        let mut command = match &stage.work {
            Work::Cargo(arguments) => {
                let mut command = cargo();
                command.args(arguments);
                command
            }
            Work::Deny(arguments) => {
                let mut command = Command::new(deny::program(self.root)?);
                command.args(arguments);
                command
            }
            Work::Typos => Command::new(typos::program(self.root)?),
            Work::Advisories(arguments) => {
                let program = deny::program(self.root)?;
                if let Err(failure) = deny::fetch_advisories(&program, self.root) {
                    println!("NOT CHECKED: {failure}");
                    return Ok(Verdict::Skipped(failure.what().to_owned()));
                }
                let mut command = Command::new(program);
                command.args(arguments);
                command
            }
        };
        command.current_dir(self.root);
        command.envs(stage.env.iter().map(|(name, value)| (name, value)));
        if let Some(Ok(infra)) = &self.infra
            && stage.needs_infra
        {
            command.env("TEST_KAFKA_BROKERS", infra.brokers());
            command.env("TEST_DATABASE_URL", infra.admin_url());
        }
        let outcome = child::run(command, stage.limit)?;
        Ok(judge(stage.expects, &outcome))
    }
}

fn judge(expects: Expects, outcome: &Outcome) -> Verdict {
    let Outcome { status, tests } = outcome;
    match expects {
        Expects::Success | Expects::GreenTests if !status.success() => Verdict::Failed(match tests.failed {
            0 => status.to_string(),
            1 => "1 test failed".to_owned(),
            failed => format!("{failed} tests failed"),
        }),
        Expects::GreenTests if tests.passed == 0 => Verdict::Failed("no test ran".to_owned()),
        Expects::RedTests if tests.failed == 0 => {
            // A build that fails proves nothing either.
            Verdict::Failed(format!("no test failed ({status})"))
        }
        _ => Verdict::Passed(*tests),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn outcome(code: i32, passed: u32, failed: u32) -> Outcome {
        Outcome { status: ExitStatus::from_raw(code << 8), tests: Tally { passed, failed } }
    }

    fn passes(expects: Expects, outcome: &Outcome) -> bool {
        matches!(judge(expects, outcome), Verdict::Passed(_))
    }

    #[test]
    fn a_filter_that_matches_no_test_is_not_green() {
        assert!(passes(Expects::GreenTests, &outcome(0, 1, 0)));
        assert!(!passes(Expects::GreenTests, &outcome(0, 0, 0)));
        assert!(!passes(Expects::GreenTests, &outcome(101, 1, 1)));
        assert!(passes(Expects::Success, &outcome(0, 0, 0)));
    }

    #[test]
    fn a_build_that_fails_is_not_red() {
        assert!(passes(Expects::RedTests, &outcome(101, 0, 1)));
        assert!(!passes(Expects::RedTests, &outcome(101, 0, 0)));
        assert!(!passes(Expects::RedTests, &outcome(0, 1, 0)));
    }

    #[test]
    fn only_what_is_named_is_run() {
        let only = |names: &[&str]| Selection {
            only: names.iter().map(|name| (*name).to_owned()).collect(),
            list: false,
            bug: None,
            mutate: None,
            mutations: false,
        };
        let stages = select(&only(&["doc", "fmt"])).expect("both are stages");
        let names: Vec<_> = stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["fmt", "doc"]);
        assert!(select(&only(&["nonsense"])).is_err());
    }
}
