//! The checks: every name resolved, every value's source found, and the graph
//! of steps and events looked over.
//!
//! All findings of a file come in one run, so each stage goes on with what it
//! could understand. A misspelt name counts as the nearest one, once it is
//! reported; what could not be understood at all is marked as broken, and
//! later stages do not complain about what is missing because of it.

mod body;
mod circles;
mod clashes;
mod compensations;
mod correlation;
mod deploy;
mod draft;
mod emissions;
mod entities;
mod events;
mod graph;
mod literal;
mod lookup;
mod offers;
mod services;
mod shape;
mod shared_rows;
mod sources;
mod status;
mod steps;
mod types;

use crate::checked::CheckedSpec;
use crate::diagnostic::Diagnostics;
use crate::spec::Spec;
use draft::Draft;

/// A specification without errors, and what may still be worth a thought.
#[derive(Debug)]
pub struct Checked {
    /// The specification.
    pub spec: CheckedSpec,
    /// Findings that do not stop the generator.
    pub warnings: Diagnostics,
}

/// A specification after the checks.
#[derive(Debug)]
pub struct Resolved {
    /// The specification, if it can be walked through: every name in it is
    /// resolved, though messages may get lost.
    pub spec: Option<CheckedSpec>,
    /// Errors and warnings.
    pub found: Diagnostics,
}

/// Checks a specification. Errors come with the warnings.
pub fn check(spec: Spec) -> Result<Checked, Diagnostics> {
    match resolve(spec) {
        Resolved { spec: Some(spec), found } if !found.has_errors() => Ok(Checked { spec, warnings: found }),
        Resolved { found, .. } => Err(found),
    }
}

/// Checks a specification, and gives it back even if messages get lost in it.
pub fn resolve(spec: Spec) -> Resolved {
    let mut draft = Draft::new(&spec);
    types::declare(&mut draft);
    events::declare(&mut draft);
    services::declare(&mut draft);
    steps::resolve(&mut draft);
    lookup::resolve(&mut draft);
    correlation::resolve(&mut draft);
    body::derive(&mut draft);
    emissions::resolve(&mut draft);
    compensations::resolve(&mut draft);
    clashes::check(&mut draft);
    graph::check(&mut draft);
    draft.finish()
}
