//! `test`: the saga in simulated worlds.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use super::{Outcome, locate, progress, read, report, say, upgrade};
use crate::accepted::Accepted;
use crate::init::begin_simulation;
use crate::lower::lower;
use crate::pipeline::{self, Content, Terms};
use crate::sync::{Plan, Write};

/// What is lived through.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// The specification [default: saga.yaml in this or a parent folder]
    file: Option<PathBuf>,
    /// How many worlds: one a seed, from 1 on
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    seeds: u64,
    /// Live through one world, and tell everything that happens in it
    #[arg(long, value_name = "NUMBER", conflicts_with = "seeds")]
    seed: Option<u64>,
}

/// What lives through the worlds is optimised: they take an eighth of the time. Other dependencies stay as they
/// are, and are not built again.
const OPTIMISED: [(&str, u8); 6] = [
    ("profile.dev.opt-level", 2),
    ("profile.dev.package.\"*\".opt-level", 0),
    ("profile.dev.package.saga-runtime.opt-level", 2),
    ("profile.dev.package.saga-step.opt-level", 2),
    ("profile.dev.package.saga-explore.opt-level", 2),
    ("profile.dev.package.saga-simulation.opt-level", 2),
];

pub(super) fn test(wanted: &Wanted) -> Result<Outcome, String> {
    let path = locate(wanted.file.clone())?;
    let source = read(&path)?;
    let terms = Terms { certificate: "", allow: &[], limits: progress::limits(None, true) };
    let verdict = pipeline::accept(&source, &terms);
    report(&verdict.found, &source);
    let root = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Some(accepted) = verdict.accepted else {
        upgrade::hint(root);
        return Ok(Outcome::Findings);
    };
    let model = lower(&accepted);
    let made = begin_simulation(root, &model)?;
    for made in &made {
        say(&mut std::io::stdout(), &format!("created   {}\n", made.display()));
    }
    if !made.is_empty() {
        images_of_members(&accepted, root)?;
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["test", "--package", &model.simulation_package()]);
    for (setting, level) in OPTIMISED {
        cargo.arg("--config").arg(format!("{setting}={level}"));
    }
    match wanted.seed {
        Some(seed) => cargo.env("SIMULATION_SEED", seed.to_string()),
        None => cargo.env("SIMULATION_SEEDS", wanted.seeds.to_string()),
    };
    let status = cargo.status().map_err(|error| match error.kind() {
        ErrorKind::NotFound => "cargo is not installed; https://rustup.rs installs it".to_owned(),
        _ => format!("cannot run cargo: {error}"),
    })?;
    Ok(if status.success() { Outcome::Good } else { Outcome::Findings })
}

/// Brings the files up to date that an image is built from, if there are some: they name each member of the workspace,
/// and it has one more.
fn images_of_members(accepted: &Accepted, root: &Path) -> Result<(), String> {
    let plan = pipeline::plan(accepted, Content::All, root).map_err(|error| error.to_string())?;
    let update: Vec<Write> = plan.update.into_iter().filter(Write::is_of_image).collect();
    for write in &update {
        say(&mut std::io::stdout(), &format!("updated   {}\n", write.path.display()));
    }
    Plan { update, ..Plan::default() }.apply(root).map_err(|error| error.to_string())
}
