//! Whether what a world left is what its orders ask for.
//!
//! It looks at rows and topics only, and reads them with code of its own: what the
//! runtime thinks of itself is no evidence.

mod evidence;
mod numbers;
mod orders;
mod parked;
mod restored;

pub(crate) use evidence::Evidence;

/// Everything that is wrong.
pub(crate) fn judge(evidence: &Evidence) -> Vec<String> {
    let mut findings = numbers::judge(evidence);
    if !evidence.restored.is_empty() {
        // What was lost is decided again, and both decisions are published.
        findings.extend(restored::judge(evidence));
        return findings;
    }
    findings.extend(parked::judge(evidence));
    findings.extend(orders::judge(evidence));
    findings
}
