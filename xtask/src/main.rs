//! Development commands, run as `cargo xtask …`.
#![expect(clippy::print_stdout, reason = "printing is what commands are for")]

mod examples;
mod k8s;
#[cfg(test)]
mod manifests;
mod program;
mod test;
mod tools;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use testbed::failure::Result;
use testbed::{interrupt, repo};

/// Development commands: run the tests, break the running saga, check examples and manifests.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every check that a change has to pass before it is merged.
    ///
    /// Formatting, spelling, lints, tests, documentation, generated files,
    /// licences, and the tests that need a real Kafka and PostgreSQL, which are
    /// started for them (see `cargo saga up --help`). If a stage fails, later
    /// stages still run. The last line counts stages: `N passed, N failed`; the
    /// exit code is 1 if any stage failed.
    Test(test::Selection),
    /// Inject random faults into the running saga, then audit what is left.
    ///
    /// Starts a Kafka, a PostgreSQL and several processes of each service, and places
    /// orders. Meanwhile it kills, stops and pauses services and servers, cuts their
    /// connections, and publishes old and external messages, on a schedule drawn from a
    /// seed. Then the faults end, everything has to quiesce, and an audit reads all rows
    /// and messages. The exit code is 0 if everything quiesced and the audit found no
    /// violation. docs/chaos.md explains the output.
    #[command(disable_help_flag = true)]
    Chaos {
        /// Options of the adversary; `--help` lists them.
        #[arg(allow_hyphen_values = true, trailing_var_arg = true)]
        arguments: Vec<OsString>,
    },
    /// Measure the shipped saga against the same saga written by hand.
    ///
    /// Starts a Kafka and a PostgreSQL, builds the services in release mode, and prints what each variant does in the
    /// same run: throughput, latency, processor time, write-ahead log. docs/performance.md explains the figures.
    #[command(disable_help_flag = true)]
    Bench {
        /// Options of the bench; `--help` lists them.
        #[arg(allow_hyphen_values = true, trailing_var_arg = true)]
        arguments: Vec<OsString>,
    },
    /// Check every saga in `examples`: generated files, formatting, lints.
    ///
    /// They are built in target/examples, which they share.
    Examples,
    /// Check the manifests with yamllint, kubernetes-validate, kube-score and checkov.
    ///
    /// Checks `k8s/`, and every overlay and component as kustomize builds it; and the
    /// Dockerfile with hadolint. Prints a line for each tool; any finding is a failure.
    /// Pinned versions of the tools are installed once, into target/tools/k8s, which
    /// needs Python 3 and Go.
    #[command(name = "k8s-check")]
    K8sCheck(k8s::Options),
    /// Wait for another command to end, and clean up after it; started by other commands.
    #[command(hide = true)]
    Guard {
        /// The state file of that command.
        state: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_silent() {
                eprintln!("{failure}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(command: Command) -> Result<()> {
    if let Command::Guard { state } = command {
        return testbed::guard(&state);
    }
    interrupt::listen()?;
    let root = repo::root();
    match command {
        Command::Test(selection) => test::test(&root, &selection),
        Command::Chaos { arguments } => program::run(&root, "chaos", &arguments),
        Command::Bench { arguments } => program::run(&root, "bench", &arguments),
        Command::Examples => examples::examples(&root),
        Command::K8sCheck(options) => k8s::check(&root, &options),
        Command::Guard { .. } => Ok(()),
    }
}
