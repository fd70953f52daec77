//! Everything there is to say about a file, in one place: whoever tells it, as
//! text, as JSON or in a test, tells the same.

use crate::check::{Checked, check};
use crate::checked::CheckedSpec;
use crate::diagnostic::Diagnostics;
use crate::source::Source;
use crate::spec::Spec;

/// A file after all checks.
#[derive(Debug)]
pub struct Examined {
    /// The specification, if no finding is an error.
    pub spec: Option<CheckedSpec>,
    /// Errors and warnings.
    pub found: Diagnostics,
}

/// Reads a file and checks it.
pub fn examine(source: &Source) -> Examined {
    match Spec::parse(source).and_then(check) {
        Ok(Checked { spec, warnings }) => Examined { spec: Some(spec), found: warnings },
        Err(found) => Examined { spec: None, found },
    }
}

/// All findings in a file.
pub fn findings(source: &Source) -> Diagnostics {
    examine(source).found
}
