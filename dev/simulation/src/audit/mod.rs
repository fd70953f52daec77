//! Whether what a world left is what its instances ask for.
//!
//! It looks at rows and topics only, and reads them with code of its own: what the
//! runtime thinks of itself is no evidence. What must be true of every saga comes from its
//! file, the rest from its team.

mod answers;
mod calls;
mod evidence;
mod instances;
mod numbers;
mod parked;
mod people;
mod restored;
mod undone;

pub(crate) use evidence::rows;
pub use evidence::{Evidence, Message, Row};

use crate::saga::Saga;

/// Everything that is wrong.
pub(crate) fn judge(saga: &Saga, evidence: &Evidence) -> Vec<String> {
    let mut findings = numbers::judge(evidence);
    if !evidence.restored.is_empty() {
        // What was lost is decided again, and both decisions are published.
        findings.extend(restored::judge(saga, evidence));
        return findings;
    }
    findings.extend(parked::judge(saga, evidence));
    findings.extend(instances::judge(saga, evidence));
    findings.extend(answers::judge(saga, evidence));
    findings.extend(people::judge(saga, evidence));
    findings.extend(calls::judge(saga, evidence));
    findings.extend(undone::judge(saga, evidence));
    findings.extend(saga.team.judge(evidence));
    findings
}
