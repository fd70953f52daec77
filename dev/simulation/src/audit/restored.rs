//! What is still true when databases have lost something.

use super::Evidence;
use crate::faults::Lasting;
use crate::plan::as_text;
use crate::saga::Saga;

/// Whether every instance that the service still knows that began it has ended, unless a database refuses it.
///
/// What a database lost was read from the topics and decided again. No service may take the new
/// messages for repeats of the lost ones: the instance would never end.
pub(super) fn judge(saga: &Saga, evidence: &Evidence) -> Vec<String> {
    let mut findings = Vec::new();
    for (owned, unended) in saga.plan.beginnings() {
        if evidence.restored.contains(owned.service) {
            // Other services may know of an instance from a message that was never sent.
            continue;
        }
        let rows = evidence.rows(owned.service, owned.table);
        let open = rows.filter(|row| row.get("status").as_str().is_some_and(|it| unended.contains(&it)));
        let open = open.filter_map(|row| as_text(row.get(&owned.column)));
        findings.extend(
            open.filter(|correlation| !is_broken(evidence, correlation))
                .map(|correlation| format!("instance {correlation} has not ended after a restore")),
        );
    }
    findings
}

/// Whether some database never takes an instance.
fn is_broken(evidence: &Evidence, correlation: &str) -> bool {
    let cases = evidence.cases.iter().filter(|((_, of), _)| of == correlation);
    cases.into_iter().any(|((place, _), case)| {
        matches!(place, crate::faults::Place::Database(_)) && case.lasts == Lasting::Always
    })
}
