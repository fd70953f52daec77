//! From `saga.yaml` to files on disk, stage by stage. Every command is some
//! prefix of this list:
//!
//! ```text
//! parse → check → prove → accept → lower → emit → sync
//! ```

use std::path::Path;

use crate::accepted::{Accepted, Verdict, not_generated};
use crate::check::Checked;
use crate::diagnostic::Code;
use crate::emit::emit;
use crate::lower::lower;
use crate::prove::{Examined, certificate, explore::Limits};
use crate::source::Source;
use crate::spec::Spec;
use crate::sync::{self, Plan, SyncError};
use crate::unasked::unasked;
use crate::workspace::Workspace;
use crate::{accepted, check, prove};

/// Parses a file and checks it.
///
/// # Panics
/// If the file is refused without a finding, which is a defect of the checks.
pub fn check(source: &Source) -> Checked {
    let checked = Spec::parse(source).map_or_else(Checked::unreadable, |spec| check::check(&spec));
    assert!(checked.resolved.is_some() || checked.found.has_errors(), "the checks refused a file in silence");
    checked
}

/// Parses a file, checks it, and proves that every run of it ends well.
pub fn examine(source: &Source, limits: Limits) -> Examined {
    prove::prove(check(source), limits)
}

/// On what terms a specification is accepted.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The certificate beside the services, if there is one. It replaces the
    /// proof of the very file that it was written for.
    pub certificate: &'a str,
    /// Rules of the proof whose findings do not refuse a specification.
    pub allow: &'a [Code],
    /// How far the proof goes.
    pub limits: Limits,
}

/// Parses a file, checks and proves it, and decides whether services are
/// generated for it.
///
/// # Panics
/// If the file is refused without a finding, which is a defect of the checks.
pub fn accept(source: &Source, terms: &Terms<'_>) -> Verdict {
    let checked = check(source);
    // A proof may take minutes, and a construct without code is known at once.
    let missing = checked.without_errors().map(not_generated).unwrap_or_default();
    if !missing.is_empty() {
        return Verdict::refused(missing);
    }
    let examined = match checked.without_errors() {
        Some(_) if certificate::holds(terms.certificate, source) => {
            prove::by_certificate(checked, terms.certificate)
        }
        _ => prove::prove(checked, terms.limits),
    };
    let verdict = accepted::accept(examined, source, terms.allow);
    assert!(verdict.accepted.is_some() || verdict.found.has_errors(), "a file was refused in silence");
    verdict
}

/// What of the generated files is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The services and what deploys them.
    All,
    /// The crates alone, for a project that is deployed in another way.
    Code,
}

/// Generates the services, and compares them with what is below `root`. The
/// caller applies the plan, or only reports it.
///
/// # Errors
/// [`SyncError`] when a file below `root` cannot be read.
pub fn plan(accepted: &Accepted, content: Content, root: &Path) -> Result<Plan, SyncError> {
    let model = lower(accepted);
    let mut files = emit(&model, &Workspace::read(root));
    if content == Content::Code {
        files.keep_code();
    }
    files.add(certificate::PATH, accepted.certificate().to_owned());
    Ok(Plan { unasked: unasked(&model, root), ..sync::plan(&files, root)? })
}
