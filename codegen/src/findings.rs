//! Everything there is to say about a file, in one place: whoever tells it, as
//! text, as JSON or in a test, tells the same.

use crate::check::{Resolved, resolve};
use crate::checked::CheckedSpec;
use crate::diagnostic::Diagnostics;
use crate::prove::{self, Exploration, explore::Limits};
use crate::source::Source;
use crate::spec::Spec;

/// A file after all checks.
#[derive(Debug)]
pub struct Examined {
    /// The specification, if every name in it is resolved. There may be errors
    /// all the same.
    pub spec: Option<CheckedSpec>,
    /// What the proof explored, if there was anything to explore and it stayed
    /// within its limits.
    pub exploration: Option<Exploration>,
    /// Errors and warnings.
    pub found: Diagnostics,
}

impl Examined {
    /// The specification, if no finding is an error.
    pub fn good(&self) -> Option<&CheckedSpec> {
        self.spec.as_ref().filter(|_| !self.found.has_errors())
    }
}

/// Reads a file and checks it, without the proof.
pub fn read(source: &Source) -> Resolved {
    Spec::parse(source).map_or_else(|found| Resolved { spec: None, found }, resolve)
}

/// Reads a file, checks it, and proves that every run of it ends well.
pub fn examine(source: &Source) -> Examined {
    prove(read(source), Limits::default())
}

/// Proves that every run of a specification ends well.
pub fn prove(resolved: Resolved, limits: Limits) -> Examined {
    let Resolved { spec, mut found } = resolved;
    let proved = spec.as_ref().map(|spec| prove::prove(spec, limits));
    let (exploration, findings) = proved.map_or((None, Vec::new()), |it| (it.exploration, it.findings));
    found.extend(findings);
    Examined { spec, exploration, found }
}

/// All findings in a file.
pub fn findings(source: &Source) -> Diagnostics {
    examine(source).found
}
