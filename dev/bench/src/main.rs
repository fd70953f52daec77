//! `cargo xtask bench`: the shipped saga against the same saga written by hand, in one run.
//!
//! Every figure is taken of all variants in turn, several times, on servers of its own; what is compared is the median.
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

mod counters;
mod drain;
mod figures;
mod flow;
mod http;
mod load;
mod options;
mod process;
mod report;
mod rig;
mod servers;
mod watcher;

use std::process::ExitCode;

use clap::Parser as _;
use testbed::failure::Result;
use testbed::{interrupt, repo};

use options::Options;
use report::Report;
use rig::Rig;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(options: &Options) -> Result<()> {
    interrupt::listen()?;
    let mut rig = Rig::start(&repo::root())?;
    let mut report = Report::default();
    for round in 1..=options.repeats() {
        for experiment in options.experiments() {
            for variant in options.variants() {
                interrupt::check()?;
                eprintln!("round {round} of {}  {experiment}  {variant}", options.repeats());
                let figures = experiment.measure(&mut rig, variant, options)?;
                for (name, value) in &figures {
                    eprintln!("    {name:<28} {value:.3}");
                }
                report.add(experiment, variant, figures);
            }
        }
    }
    println!("{}", report.table());
    if let Some(file) = &options.json {
        report.write(file)?;
    }
    Ok(())
}
