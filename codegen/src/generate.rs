//! From a checked specification to files on disk.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::checked::CheckedSpec;
use crate::cli::Outcome;
use crate::emit::emit;
use crate::lower::lower;
use crate::prove::certificate;
use crate::sync::{Plan, Write, plan};

/// Writes what a specification describes below `root`, or only says what is
/// out of date. The specification has nothing that
/// [`unsupported`](crate::unsupported::unsupported) reports. `proof` is the
/// record of its proof.
///
/// # Errors
/// A message when a path cannot be read or written.
pub fn run(spec: &CheckedSpec, root: &Path, proof: String, check: bool) -> Result<Outcome, String> {
    let mut files = emit(&lower(spec));
    files.add(certificate::PATH, proof);
    let plan = plan(&files, root).map_err(|error| error.to_string())?;
    let (text, good) = if check {
        (findings(&plan), plan.is_current())
    } else {
        plan.apply(root).map_err(|error| error.to_string())?;
        // Everything else is done by now.
        (deeds(&plan), plan.foreign.is_empty())
    };
    let outcome = if good { Outcome::Good } else { Outcome::Findings };
    // A reader that has gone does not make the files wrong.
    drop(std::io::stdout().write_all(text.as_bytes()));
    Ok(outcome)
}

/// What `--check` says.
fn findings(plan: &Plan) -> String {
    let mut text = String::new();
    lines(&mut text, "missing", paths(&plan.create));
    lines(&mut text, "differs", paths(&plan.update));
    lines(&mut text, "orphaned", &plan.delete);
    lines(&mut text, "empty", &plan.prune);
    lines(&mut text, "not ours", &plan.foreign);
    if !plan.is_done() {
        text.push_str("run `cargo saga generate` to bring these up to date\n");
    }
    if plan.begins_handlers() {
        text.push_str(
            "what is missing under handlers/ is begun anew: restore it from version control if it was there\n",
        );
    }
    foreign_hint(&mut text, plan);
    if plan.is_current() {
        text.push_str("every generated file is up to date\n");
    }
    text
}

/// What `generate` says it did.
fn deeds(plan: &Plan) -> String {
    let mut text = String::new();
    lines(&mut text, "created", paths(&plan.create));
    lines(&mut text, "updated", paths(&plan.update));
    lines(&mut text, "deleted", plan.delete.iter().chain(&plan.prune));
    lines(&mut text, "not ours", &plan.foreign);
    foreign_hint(&mut text, plan);
    for path in &plan.kept {
        let way_out = match path.starts_with("handlers") {
            true => "delete it when you no longer need it",
            false => "delete it to have it generated",
        };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "kept: {} is hand-written; {way_out}", path.display());
    }
    if plan.changes_crates() {
        text.push_str("crates came or went: the next cargo command updates Cargo.lock, commit it too\n");
    }
    if plan.is_current() {
        text.push_str("every generated file is up to date\n");
    }
    text
}

fn foreign_hint(text: &mut String, plan: &Plan) {
    if !plan.foreign.is_empty() {
        text.push_str("what is not ours is never deleted: delete it or move it out; until then `generate --check` fails\n");
    }
}

fn lines<'p>(text: &mut String, what: &str, paths: impl IntoIterator<Item = &'p PathBuf>) {
    for path in paths {
        let _ = writeln!(text, "{what:<8}  {}", path.display());
    }
}

fn paths(writes: &[Write]) -> impl Iterator<Item = &PathBuf> {
    writes.iter().map(|write| &write.path)
}
