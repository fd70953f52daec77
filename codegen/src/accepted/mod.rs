//! Whether services are generated for a specification: only if every construct
//! in it has code, and every run of it ends well or was allowed to end badly.

mod not_generated;

pub use not_generated::not_generated;

use crate::diagnostic::{Code, Diagnostics};
use crate::prove::{Examined, Proved};
use crate::resolved::Resolved;
use crate::source::Source;

/// A specification that services are generated for.
///
/// [`lower`](crate::lower::lower) takes nothing else, and treats a construct
/// without code as a defect of the generator. So the fields are private, and
/// [`accept`] is the only place that makes one: a specification that reached
/// `lower` any other way would be generated unproved, or end in a panic.
#[derive(Debug)]
pub struct Accepted {
    resolved: Resolved,
    certificate: String,
}

impl Accepted {
    /// The specification.
    pub fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// The certificate of its proof, to be written beside the services.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The specification, for a caller that generates nothing from it.
    pub fn into_resolved(self) -> Resolved {
        self.resolved
    }
}

/// Whether a specification is accepted, and what to report either way.
#[derive(Debug)]
pub struct Verdict {
    /// The specification, unless it was refused.
    pub accepted: Option<Accepted>,
    /// Errors that refuse it, or warnings.
    pub found: Diagnostics,
}

impl Verdict {
    /// Refuses a specification for these reasons.
    pub(crate) fn refused(found: Diagnostics) -> Self {
        Self { accepted: None, found }
    }
}

/// Accepts a specification without errors that has code for everything.
/// Findings of the rules in `allow` do not refuse it.
pub fn accept(examined: Examined, source: &Source, allow: &[Code]) -> Verdict {
    let Examined { proved, mut found } = examined;
    let allowed = found.allow(allow);
    let proved = proved.filter(|_| !found.has_errors());
    let Some(proved) = proved else { return Verdict::refused(found) };
    let missing = not_generated(&proved.resolved);
    if !missing.is_empty() {
        return Verdict::refused(missing);
    }
    let certificate = proved.certificate(source, &allowed);
    let Proved { resolved, proof: _ } = proved;
    Verdict { accepted: Some(Accepted { resolved, certificate }), found }
}
