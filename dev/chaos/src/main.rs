//! The binary behind `cargo xtask chaos`.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use chaos::options::Options;
use clap::Parser;
use testbed::failure::Result;
use testbed::interrupt;

/// Injects random faults into the running saga, then audits what is left.
#[derive(Parser)]
#[command(name = "chaos")]
struct Cli {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    // The guard of the servers is this program again.
    let mut arguments = env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "guard")
        && let Some(state) = arguments.next()
    {
        return exit(testbed::guard(&PathBuf::from(state)).map(|()| true));
    }
    let options = Cli::parse().options;
    exit(interrupt::listen().and_then(|()| chaos::run::run(&options)))
}

fn exit(result: Result<bool>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
