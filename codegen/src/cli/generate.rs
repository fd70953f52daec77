//! `generate`: only for a file whose every run ends well, or whose findings
//! were allowed by name.

use std::path::Path;

use super::{Outcome, read, report};
use crate::diagnostic::{Code, Diagnostics};
use crate::findings::{self, Examined};
use crate::prove::{certificate, explore::Limits};
use crate::source::Source;
use crate::unsupported::unsupported;

pub(super) fn generate(path: &Path, check: bool, allow: &[Code], limits: Limits) -> Result<Outcome, String> {
    let source = read(path)?;
    let root = source.path().parent().unwrap_or(Path::new(""));
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let resolved = findings::read(&source);
    let Some(spec) = resolved.spec.as_ref().filter(|_| !resolved.found.has_errors()) else {
        // The proof says more about what is wrong.
        report(&findings::prove(resolved, limits).found, &source);
        return Ok(Outcome::Findings);
    };
    let mut refused = Diagnostics::default();
    refused.extend(unsupported(spec));
    if refused.has_errors() {
        report(&refused, &source);
        return Ok(Outcome::Findings);
    }
    let recorded = std::fs::read_to_string(root.join(certificate::PATH)).unwrap_or_default();
    if certificate::holds(&recorded, &source) {
        report(&resolved.found, &source);
        return crate::generate::run(spec, root, recorded, check);
    }
    prove_and_generate(findings::prove(resolved, limits), &source, root, check, allow)
}

fn prove_and_generate(
    mut examined: Examined,
    source: &Source,
    root: &Path,
    check: bool,
    allow: &[Code],
) -> Result<Outcome, String> {
    let allowed = examined.found.allow(allow);
    report(&examined.found, source);
    let Some(spec) = examined.good() else {
        return Ok(Outcome::Findings);
    };
    let proof = certificate::write(spec, examined.exploration.as_ref(), source, &allowed);
    crate::generate::run(spec, root, proof, check)
}
