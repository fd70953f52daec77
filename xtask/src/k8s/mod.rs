//! `cargo xtask k8s-check`: the manifests before everybody's scanners.
//!
//! `k8s/` is looked at as it lies there, each overlay and each component as
//! kustomize makes it. With `--server` they are applied to an API server, too. Every tool has to find nothing; what is excepted is said
//! at the object, and why in docs/adr.

mod scan;
mod server;
mod target;
mod tools;

use std::path::Path;

use clap::Args;

use testbed::failure::{Failure, Result};
use testbed::interrupt;

use scan::Report;
use target::Target;
use tools::Tools;

/// How far to go.
#[derive(Debug, Args)]
pub struct Options {
    /// Apply everything to an API server as well, which is built for it: once, some minutes.
    #[arg(long)]
    server: bool,
}

type Scanner = fn(&Tools, &Target) -> Result<Report>;

/// Runs every scanner, one line each; an error when one of them found something.
pub fn check(root: &Path, options: &Options) -> Result<()> {
    let tools = Tools::ready(root)?;
    let mut good = true;
    let mut tell = |tool: &str, report: Report| {
        good &= report.findings.is_empty();
        println!("{tool:<20} {}", report.line());
        for finding in &report.findings {
            println!("  {finding}");
        }
    };
    tell("yamllint", scan::yamllint(&tools, root)?);
    tell("hadolint", scan::hadolint(&tools, root)?);
    let targets = Target::all(&tools, root)?;
    tell("kustomize", Report::of(targets.len() - 1, "overlays built"));
    let scanners: [(&str, Scanner); 3] = [
        ("kubernetes-validate", scan::kubernetes_validate),
        ("kube-score", scan::kube_score),
        ("checkov", scan::checkov),
    ];
    for (name, scanner) in scanners {
        let mut whole = Report::default();
        for target in &targets {
            interrupt::check()?;
            whole.add(&target.name, scanner(&tools, target)?);
        }
        tell(name, whole);
    }
    if options.server {
        tell("API server", server::check(&tools, root)?);
    }
    if good { Ok(()) } else { Err(Failure::new("the manifests are not as they have to be")) }
}
