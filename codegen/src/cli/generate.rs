//! `generate`: only for a file whose every run ends well, or whose findings are
//! allowed by name.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Outcome, history, read, report, say, upgrade};
use crate::diagnostic::Code;
use crate::pipeline::{self, Content, Terms};
use crate::prove::{certificate, explore::Limits};
use crate::sync::{Plan, Write};
use crate::workspace::Workspace;

/// What to do with what is generated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Only report what is out of date.
    pub check: bool,
    /// Leave out what deploys the services.
    pub code_only: bool,
    /// What is said of it.
    pub told: Told,
    /// How far the proof goes.
    pub limits: Limits,
}

/// What is said while services are generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Everything.
    All,
    /// Findings, and what was written.
    Changes,
    /// What was written: the findings are known.
    Written,
}

/// What has become of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// They are there; or with `check`, they are current.
    All,
    /// They are there, and files of others beside them; or with `check`, something is not current.
    BesideForeign,
    /// The file is refused.
    Refused,
}

pub(super) fn generate(path: &Path, allow: &[Code], wanted: Wanted) -> Result<Outcome, String> {
    Ok(match written(path, allow, wanted)? {
        Written::All => Outcome::Good,
        Written::BesideForeign | Written::Refused => Outcome::Findings,
    })
}

/// Generates the services, and says what was done.
///
/// # Errors
/// A text for the user when a file cannot be read or written.
pub(super) fn written(path: &Path, allow: &[Code], wanted: Wanted) -> Result<Written, String> {
    let source = read(path)?;
    let root = source.path().parent().unwrap_or(Path::new(""));
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let certificate = std::fs::read_to_string(root.join(certificate::PATH)).unwrap_or_default();
    let verdict =
        pipeline::accept(&source, &Terms { certificate: &certificate, allow, limits: wanted.limits });
    if wanted.told != Told::Written {
        report(&verdict.found, &source);
    }
    let Some(accepted) = verdict.accepted else {
        if wanted.told != Told::Written {
            upgrade::hint(root);
        }
        return Ok(Written::Refused);
    };
    upgrade::refuse_newer(root)?;
    let content = if wanted.code_only { Content::Code } else { Content::All };
    let plan = pipeline::plan(&accepted, content, root).map_err(|error| error.to_string())?;
    let (text, good) = if wanted.check {
        (stale(&plan), plan.is_current())
    } else {
        let history = history::notes(&plan, root);
        plan.apply(root).map_err(|error| error.to_string())?;
        // Files of others are all that can be left to do.
        let deployed = !wanted.code_only && wanted.told == Told::All;
        let images = if deployed { images(root) } else { String::new() };
        (changes(&plan) + &history + &images, plan.foreign.is_empty())
    };
    if wanted.told == Told::All || !plan.is_current() {
        say(&mut std::io::stdout(), &text);
    }
    Ok(if good { Written::All } else { Written::BesideForeign })
}

/// What keeps the Dockerfile from being built.
fn images(root: &Path) -> String {
    let Some(outside) = Workspace::read(root).outside else { return String::new() };
    format!(
        "note: the Dockerfile cannot be built while Cargo.toml takes a dependency from {}, outside of this folder: \
         take it from Git, or begin with `cargo saga init --vendor`\n",
        outside.display()
    )
}

/// What `--check` prints.
fn stale(plan: &Plan) -> String {
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
            "`generate` creates missing crates under handlers/ from scratch: if they existed, restore them from version control\n",
        );
    }
    foreign_hint(&mut text, plan);
    unasked(&mut text, plan);
    if plan.is_current() {
        text.push_str("every generated file is up to date\n");
    }
    text
}

/// What `generate` prints.
fn changes(plan: &Plan) -> String {
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
    unasked(&mut text, plan);
    if plan.changes_crates() {
        text.push_str("crates were added or removed; cargo will update Cargo.lock, so commit it as well\n");
    }
    if plan.is_current() {
        text.push_str("every generated file is up to date\n");
    }
    text
}

fn foreign_hint(text: &mut String, plan: &Plan) {
    if !plan.foreign.is_empty() {
        text.push_str(
            "`generate` never deletes a file that is not ours: delete it or move it out; until then, `generate --check` fails\n",
        );
    }
    if plan.foreign.iter().any(|path| !path.starts_with("generated")) {
        text.push_str(
            "manifests of yours belong into a folder of their own, such as k8s-team/, with a kustomization.yaml that names ../k8s-overlays/prod\n",
        );
    }
}

/// What would not compile, and why.
fn unasked(text: &mut String, plan: &Plan) {
    for function in &plan.unasked {
        let _ = writeln!(text, "not asked: {function}");
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
