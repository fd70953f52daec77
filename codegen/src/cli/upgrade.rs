//! `upgrade`: what a project needs to go with this tool.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Outcome, locate, say};
use crate::init::{Advice, Runtime, VERSION, Versions, newer, write_source};

/// What is to be done.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// The specification [default: saga.yaml in this or a parent folder]
    file: Option<PathBuf>,
    /// Write into Cargo.toml where the runtime comes from, if that is to change
    #[arg(long)]
    write: bool,
}

pub(super) fn upgrade(wanted: Wanted) -> Result<Outcome, String> {
    let path = locate(wanted.file)?;
    let root = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let versions = Versions::of(root)?;
    let advice = versions.advice(&Runtime::of_this_tool(super::init::cargo_home().as_deref()));
    let mut text = standing(&versions);
    let mut left = advice.len();
    for (at, advice) in advice.iter().enumerate() {
        if let (Advice::Source(source), true) = (advice, wanted.write) {
            write_source(root, source)?;
            left -= 1;
            let _ = writeln!(text, "{}. done: Cargo.toml takes the runtime from {source}", at + 1);
        } else {
            let _ = writeln!(text, "{}. {}", at + 1, told(advice));
        }
    }
    text += match (advice.is_empty(), left) {
        (true, _) => "nothing to do: they fit\n",
        (false, 0) => "",
        (false, _) => "CHANGELOG.md of the tool says what changed between versions\n",
    };
    say(&mut std::io::stdout(), &text);
    Ok(if left == 0 { Outcome::Good } else { Outcome::Findings })
}

/// The versions that there are.
fn standing(versions: &Versions) -> String {
    let known = |version: &Option<String>| version.clone().unwrap_or_else(|| "not known yet".to_owned());
    let source =
        versions.source.as_ref().map_or_else(|| "no line of Cargo.toml".to_owned(), ToString::to_string);
    format!(
        "this tool       {VERSION}\ngenerated code  {}\nruntime         {}, from {source}\n",
        known(&versions.generated),
        known(&versions.runtime)
    )
}

fn told(advice: &Advice) -> String {
    match advice {
        Advice::Install(command) => format!("install the tool of that version: {command}"),
        Advice::Source(source) => {
            format!("let Cargo.toml take the runtime from {source}: `cargo saga upgrade --write` does it")
        }
        Advice::Checkout(folder) => {
            format!("check out version {VERSION} in {}, or install the tool from there", folder.display())
        }
        Advice::Update => "let Cargo.lock follow: cargo update --package saga-runtime".to_owned(),
        Advice::Generate => "generate the code again: cargo saga generate".to_owned(),
    }
}

/// What to say where a file is refused that may be for a newer tool.
pub(super) fn hint(root: &Path) {
    if let Some(version) = newer(root) {
        let text = format!(
            "note: what is generated here was made by version {version}, and this is {VERSION}: what it refuses may be new \
             there; `cargo saga upgrade` says how to install that version\n"
        );
        say(&mut std::io::stderr(), &text);
    }
}

/// Refuses to replace code of a newer tool.
pub(super) fn refuse_newer(root: &Path) -> Result<(), String> {
    newer(root).map_or(Ok(()), |version| {
        Err(format!(
            "what is generated here was made by version {version}, and this is {VERSION}: `cargo saga upgrade` says how to \
             install that version; to go back to this one, delete generated/ first"
        ))
    })
}
