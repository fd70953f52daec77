//! What is still true when databases have lost something.

use super::Evidence;

/// Whether every order has ended that its service still knows, unless something is broken for it.
///
/// What a database lost was read again from the topics and decided anew. Nobody may take the new
/// messages for repeats of the lost ones: then the order would wait for ever.
pub fn judge(evidence: &Evidence) -> Vec<String> {
    if evidence.restored.contains("order") {
        // Whoever knew of an order may have heard of it from a message that was never sent.
        return Vec::new();
    }
    let is_broken = |order: i64| {
        ["order", "product", "delivery"].iter().any(|service| evidence.is_broken(service, order))
    };
    let open = evidence.orders.iter().filter(|(order, row)| row.1 == "PENDING" && !is_broken(**order));
    open.map(|(order, _)| format!("order {order} has not ended after a restore")).collect()
}
