//! What is still true when databases have lost something.

use super::Evidence;

/// Whether every order that its service still knows has ended, unless a database refuses it.
///
/// What a database lost was read from the topics and decided again. No service may take the new
/// messages for repeats of the lost ones: the order would never end.
pub(super) fn judge(evidence: &Evidence) -> Vec<String> {
    if evidence.restored.contains("order") {
        // Other services may know of an order from a message that was never sent.
        return Vec::new();
    }
    let is_broken = |order: i64| {
        ["order", "product", "delivery"].iter().any(|service| evidence.is_broken(service, order))
    };
    let open = evidence.orders.iter().filter(|(order, row)| row.1 == "PENDING" && !is_broken(**order));
    open.map(|(order, _)| format!("order {order} has not ended after a restore")).collect()
}
