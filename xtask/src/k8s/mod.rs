//! `cargo xtask k8s-check`: checks the manifests with common scanners.
//!
//! It checks `k8s/` as it is, and each overlay and component as kustomize builds it. With `--server`
//! it applies them to an API server, too. Any finding is a failure; an exception is an annotation at
//! its object, with the reason in docs/adr.

mod project;
mod scan;
mod server;
mod target;
mod tools;

use std::path::Path;

use clap::Args;

use testbed::failure::{Failure, Result};
use testbed::interrupt;

use project::Project;
use scan::Report;
use target::Target;
use tools::Tools;

/// What to check with.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Also apply everything to an API server, which is built once (a few minutes).
    #[arg(long)]
    server: bool,
}

type Scanner = fn(&Tools, &Target) -> Result<Report>;

/// Runs every scanner, one line each; an error when one of them found something.
pub(crate) fn check(root: &Path, options: &Options) -> Result<()> {
    let tools = Tools::ready(root)?;
    let mut good = true;
    let mut tell = |tool: &str, report: Report| {
        good &= report.findings.is_empty();
        println!("{tool:<20} {}", report.line());
        for finding in &report.findings {
            println!("  {finding}");
        }
    };
    let projects = Project::all(root)?;
    let (mut style, mut images, mut targets) = (Report::default(), Report::default(), Vec::new());
    for project in &projects {
        style.add(&project.name, scan::yamllint(&tools, root, &project.folder)?);
        images.add(&project.name, scan::hadolint(&tools, &project.folder)?);
    }
    tell("yamllint", style);
    tell("hadolint", images);
    for project in &projects {
        targets.extend(Target::all(&tools, project)?);
    }
    tell("kustomize", Report::of(targets.len() - projects.len(), "overlays built"));
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
    if good { Ok(()) } else { Err(Failure::new("the scanners have findings")) }
}
