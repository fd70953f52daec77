//! The checks: every name resolved, every value's source found, and the graph
//! of steps and events looked over.
//!
//! All findings of a file come in one run, so each stage goes on with what it
//! could understand. A misspelt name counts as the nearest one, once it is
//! reported; what could not be understood at all is marked as broken, and
//! later stages do not complain about what is missing because of it.

mod backends;
mod body;
mod candidates;
mod cannot_fail;
mod compensations;
mod correlation;
mod cycles;
mod deploy;
mod emissions;
mod entities;
mod events;
mod findings;
mod graph;
mod literal;
mod lookup;
mod messages;
mod name_conflicts;
mod paths;
mod platform;
mod resolver;
mod row_presence;
mod row_writes;
mod services;
mod shape;
mod shared_rows;
mod sources;
mod status;
mod step_draft;
mod steps;
mod types;

use crate::diagnostic::Diagnostics;
use crate::resolved::Resolved;
use crate::spec::Spec;
use resolver::Resolver;
#[cfg(test)]
pub(crate) use types::built_in_types;

/// A specification after the checks.
#[derive(Debug)]
pub struct Checked {
    /// The specification, if every name in it is resolved. Messages may still
    /// get lost in it, which the proof says more about.
    pub resolved: Option<Resolved>,
    /// Errors and warnings.
    pub found: Diagnostics,
}

impl Checked {
    /// What comes of a file that is no specification at all.
    pub fn unreadable(found: Diagnostics) -> Self {
        Self { resolved: None, found }
    }

    /// The specification, if no finding is an error.
    pub fn without_errors(&self) -> Option<&Resolved> {
        self.resolved.as_ref().filter(|_| !self.found.has_errors())
    }
}

/// Resolves and checks a specification.
pub fn check(spec: &Spec) -> Checked {
    let mut resolver = Resolver::new(spec);
    types::declare(&mut resolver);
    events::declare(&mut resolver);
    services::declare(&mut resolver);
    steps::resolve(&mut resolver);
    lookup::resolve(&mut resolver);
    correlation::resolve(&mut resolver);
    body::derive(&mut resolver);
    emissions::resolve(&mut resolver);
    compensations::resolve(&mut resolver);
    name_conflicts::check(&mut resolver);
    backends::check(&mut resolver);
    platform::check_manifests(&mut resolver);
    graph::check(&mut resolver);
    cycles::check(&mut resolver);
    shared_rows::check(&mut resolver);
    row_presence::check(&mut resolver);
    resolver.finish()
}
