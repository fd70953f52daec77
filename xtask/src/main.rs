//! Development commands, run as `cargo xtask …`.

mod chaos;
mod k8s;
#[cfg(test)]
mod manifests;
mod test;
mod tools;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use testbed::failure::Result;
use testbed::{interrupt, repo};

/// Development commands: tests, and a real Kafka and PostgreSQL to run against.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a real Apache Kafka and a real PostgreSQL, and print how to reach them.
    ///
    /// Both run on free loopback ports with their data in a fresh temporary
    /// folder. `KAFKA_BROKERS=…` and one `DATABASE_URL=…` line a service are
    /// printed for pasting; then the command stays in the foreground. Ctrl-C,
    /// or `cargo xtask down` in another terminal, stops both and removes the
    /// folder.
    ///
    /// Kafka comes as jars through `mvn` and is kept under target/kafka;
    /// PostgreSQL is the machine's own. What is missing is installed with apt
    /// when run as root; otherwise the line to type is printed, and the exit
    /// code is 2.
    ///
    /// Environment:
    ///
    ///   KAFKA_BROKERS  use this broker instead of starting one
    ///   DATABASE_URL   use this PostgreSQL instead of starting one: a database
    ///                  a service is made in it, and stays
    #[command(verbatim_doc_comment)]
    Up,
    /// Stop what `cargo xtask up` started from this checkout.
    Down {
        /// Also what was started from your other checkouts.
        #[arg(long)]
        all: bool,
    },
    /// Run everything that has to hold before a change lands.
    ///
    /// Format, lints, tests, documentation, generated files, licences, and the
    /// tests that need a real Kafka and a real PostgreSQL, which are started
    /// for them (see `cargo xtask up --help`). A stage that fails does not keep
    /// later ones from running. The last line counts stages: `N passed, N
    /// failed`; the exit code is 1 when any failed.
    Test(test::Selection),
    /// Break the services and everything around them at random, and audit what is left.
    ///
    /// Starts a Kafka, a PostgreSQL and several processes of each service, puts a load
    /// of orders on them, and meanwhile kills, stops and pauses services and servers,
    /// cuts their connections, and publishes old and foreign messages, all of it drawn
    /// from a seed. Then the faults end, everything has to come to rest, and an audit
    /// reads all rows and messages. The exit code is 0 if everything drained and
    /// nothing is wrong. docs/chaos.md explains the output.
    #[command(disable_help_flag = true)]
    Chaos {
        /// What the adversary is asked to do; `--help` lists it.
        #[arg(allow_hyphen_values = true, trailing_var_arg = true)]
        arguments: Vec<OsString>,
    },
    /// Show the manifests to yamllint, kubernetes-validate, kube-score and checkov.
    ///
    /// `k8s/`, every overlay and every component, built by kustomize; and the Dockerfile
    /// to hadolint. One line a tool: all of them have to find nothing. The tools come
    /// from their registries, of pinned versions, once, into target/tools/k8s; for that
    /// it needs Python 3 and Go.
    #[command(name = "k8s-check")]
    K8sCheck(k8s::Options),
    /// Wait for the end of a command and clean up after it; not for people.
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
        Command::Up => testbed::up(&root),
        Command::Down { all } => testbed::down(&root, all),
        Command::Test(selection) => test::test(&root, &selection),
        Command::Chaos { arguments } => chaos::chaos(&root, &arguments),
        Command::K8sCheck(options) => k8s::check(&root, &options),
        Command::Guard { .. } => Ok(()),
    }
}
