//! Whether each step had its effect once.

use std::collections::HashSet;

use super::super::evidence::Evidence;
use super::super::report::Finding;
use super::Invariant;
use super::instance::{Instance, Instances};

pub(super) fn check(evidence: &Evidence, instances: &Instances<'_>) -> Finding {
    let mut finding = Finding::new(Invariant::Effects, "orders");
    for (order, instance) in &instances.all {
        finding.look(1);
        for (what, count) in wrong(instance) {
            finding.violated(*order, || format!("order {order} was {what} {count} times"));
        }
    }
    let repeats = repeats(evidence);
    finding.notes.push(format!("{repeats} messages are on Kafka again under the same number"));
    finding
}

/// What happened to an order another number of times than it should.
fn wrong(instance: &Instance<'_>) -> impl Iterator<Item = (&'static str, u32)> {
    let Instance { created, taken, refused, delivered, undelivered, put_back, .. } = *instance;
    // What is missing of an order that has not ended may still come.
    let ended = u32::from(instance.end().is_some());
    let own = u32::from(instance.row.is_some());
    let effects = [
        ("announced", created, own.min(ended)),
        ("answered by product", taken + refused, ended),
        ("answered by delivery", delivered + undelivered, ended),
        ("put back", put_back, 0),
    ];
    effects
        .into_iter()
        .filter(|(_, count, least)| count < least || *count > 1)
        .map(|(what, count, _)| (what, count))
}

fn repeats(evidence: &Evidence) -> usize {
    let repeats = evidence.logs.values().map(|log| {
        let numbered = log.messages.iter().filter_map(|message| message.number.as_ref());
        let distinct: HashSet<_> = numbered.clone().collect();
        numbered.count() - distinct.len()
    });
    repeats.sum()
}
