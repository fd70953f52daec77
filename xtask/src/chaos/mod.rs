//! `cargo xtask chaos`: builds the services and their adversary, and runs it.

mod kind;

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use clap::Args;

use crate::cargo::programs;
use crate::failure::{Doing, Failure, Result};
use crate::interrupt::{self, TICK};
use crate::mutation::Mutation;

pub use kind::Kind;

/// How the adversary is to behave. Its own program has the same flags.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Where chance comes from; the same seed gives the same schedule [default: any]
    #[arg(long)]
    pub seed: Option<u64>,
    /// How long faults are injected, in minutes
    #[arg(long, default_value_t = 5.0, value_parser = positive)]
    pub minutes: f64,
    /// How many instances of each service run
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub instances: u8,
    /// How many orders are posted a second, on average
    #[arg(long, default_value_t = 60.0, value_parser = positive)]
    pub rate: f64,
    /// The mean time between two faults, in seconds
    #[arg(long, default_value_t = 6.0, value_parser = positive)]
    pub every: f64,
    /// How long everything may take to come to rest in the end, in seconds
    #[arg(long, default_value_t = 120)]
    pub drain: u64,
    /// Inject faults of these kinds only, separated by commas [default: all]
    #[arg(long, value_name = "KIND", value_delimiter = ',', conflicts_with = "no_poison")]
    pub faults: Vec<Kind>,
    /// Publish no messages that services cannot handle
    #[arg(long)]
    pub no_poison: bool,
    /// Switch a mechanism off; succeeds if the audit finds violations, or nothing comes to rest
    #[arg(long, value_name = "NAME")]
    pub mutate: Option<Mutation>,
    /// Print what would happen, and when, and start nothing
    #[arg(long)]
    pub print_schedule: bool,
}

impl Options {
    /// The flags that say the same.
    fn flags(&self) -> Vec<String> {
        let Self { seed, minutes, instances, rate, every, drain, faults, no_poison, mutate, print_schedule } =
            self;
        let mut flags = vec![
            format!("--minutes={minutes}"),
            format!("--instances={instances}"),
            format!("--rate={rate}"),
            format!("--every={every}"),
            format!("--drain={drain}"),
        ];
        flags.extend(faults.iter().map(|kind| format!("--faults={}", kind.flag())));
        flags.extend(seed.map(|seed| format!("--seed={seed}")));
        flags.extend(mutate.map(|mutation| format!("--mutate={}", mutation.name())));
        flags.extend(no_poison.then(|| "--no-poison".to_owned()));
        flags.extend(print_schedule.then(|| "--print-schedule".to_owned()));
        flags
    }
}

fn positive(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("wanted: a number above 0".to_owned()),
    }
}

/// How the adversary ended. It has said why, unless a signal left it no time.
fn ended(status: ExitStatus) -> Result<()> {
    match (status.success(), status.signal()) {
        (true, _) => Ok(()),
        (false, None) => Err(Failure::silent()),
        (false, Some(signal)) => Err(Failure::new(format!("signal {signal} ended the adversary"))),
    }
}

/// Builds the programs and runs the adversary to its end.
pub fn chaos(root: &Path, options: &Options) -> Result<()> {
    let built = build(root)?;
    let adversary = built
        .iter()
        .find(|program| program.file_stem().is_some_and(|name| name == "chaos"))
        .ok_or_else(|| Failure::new("cargo has built no program called chaos"))?;
    let mut child = Command::new(adversary)
        .current_dir(root)
        .args(options.flags())
        .stdin(Stdio::null())
        .spawn()
        .doing(|| "run the adversary".to_owned())?;
    // It hears the same Ctrl-C, and cleans up; a SIGTERM is for us alone.
    let mut told = false;
    loop {
        if let Some(status) = child.try_wait().doing(|| "wait for the adversary".to_owned())? {
            return ended(status);
        }
        if interrupt::raised() && !told {
            told = true;
            interrupt::pass_on(child.id());
        }
        thread::sleep(TICK);
    }
}

/// One build for everything: with a feature of the test build, and the crates' features unified as
/// in a build of the whole workspace, so that nothing below them is built twice.
fn build(root: &Path) -> Result<Vec<PathBuf>> {
    eprintln!("chaos     building the services and their adversary");
    programs(root, &["--workspace", "--bins", "--features", "saga-runtime/mutations"])
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn flags_are_passed_on_as_they_were_given() {
        let given = [
            "--minutes=0.5",
            "--instances=3",
            "--rate=80",
            "--every=2.5",
            "--drain=60",
            "--seed=42",
            "--mutate=redelivery",
            "--no-poison",
            "--print-schedule",
        ];
        let parsed = Program::try_parse_from(["chaos"].iter().chain(&given)).expect("they are right");
        assert_eq!(parsed.options.flags(), given);
        let parsed =
            Program::try_parse_from(["chaos", "--faults", "kill,half-close"]).expect("they are right");
        assert_eq!(parsed.options.faults, [Kind::Kill, Kind::HalfClose]);
        let again = Program::try_parse_from(["chaos".to_owned()].into_iter().chain(parsed.options.flags()));
        assert_eq!(again.expect("they are right").options.faults, parsed.options.faults);
    }

    #[test]
    fn the_help_is_complete() {
        let mut command = Program::command();
        command.build();
        for flag in command.get_arguments() {
            assert!(flag.get_help().is_some_and(|help| help.to_string().len() > 9), "{}", flag.get_id());
        }
        let help = command.render_long_help().to_string();
        for flag in ["--seed", "--minutes", "--instances", "--rate", "--mutate", "--print-schedule"] {
            assert!(help.contains(flag), "{help}");
        }
        for mutation in Mutation::ALL {
            assert!(help.contains(&format!("- {}:", mutation.name())), "{help}");
        }
        for kind in Kind::ALL {
            assert!(help.contains(&format!("- {}:", kind.flag())) && help.contains(kind.name()), "{help}");
        }
    }

    #[test]
    fn a_signal_is_no_silent_end() {
        assert!(ended(ExitStatus::from_raw(0)).is_ok());
        assert!(ended(ExitStatus::from_raw(1 << 8)).is_err_and(|failure| failure.is_silent()));
        assert!(ended(ExitStatus::from_raw(11)).is_err_and(|failure| failure.what().contains("signal 11")));
    }

    #[test]
    fn nonsense_is_refused() {
        for given in
            ["--minutes=0", "--instances=0", "--rate=-1", "--every=NaN", "--faults=thrill", "--mutate=it"]
        {
            assert!(Program::try_parse_from(["chaos", given]).is_err(), "{given}");
        }
    }
}
