//! From a checked specification to files on disk.

use std::path::Path;

use crate::checked::CheckedSpec;
use crate::cli::Outcome;

/// Writes what a specification describes below `root`, or only says what is
/// out of date. The specification has nothing that
/// [`unsupported`](crate::unsupported::unsupported) reports.
pub fn run(spec: &CheckedSpec, root: &Path, check: bool) -> Result<Outcome, String> {
    let _ = (spec, root, check);
    Err("this build of the generator only checks".to_owned())
}
