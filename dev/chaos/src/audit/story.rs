//! Everything there is about one order.

use std::fmt::Write as _;

use super::evidence::{Evidence, KeptRow, Log, Message, Place};

/// Tells all rows and messages of an order, messages by the time they were sent.
pub(super) fn tell(evidence: &Evidence, order: i64) -> String {
    let mut story = format!("the story of order {order}\n");
    // Writing into a String cannot fail.
    let mut line = |text: std::fmt::Arguments<'_>| {
        let _ = writeln!(story, "  {text}");
    };
    let requests: Vec<_> = evidence.requests.iter().filter(|request| request.order == Some(order)).collect();
    for request in &requests {
        line(format_args!("order: request {} was answered with {}", request.key, request.status));
    }
    for posted in &evidence.posted {
        if posted.answer == Some(order) || requests.iter().any(|request| request.key == posted.key) {
            line(format_args!("posted: {posted:?}"));
        }
    }
    let row = evidence.orders.get(&order);
    match row {
        Some(row) => line(format_args!("order: row {row:?}")),
        None => line(format_args!("order: no row")),
    }
    if let Some(row) = row {
        let quantity = evidence.products.get(&row.product);
        line(format_args!("product: product {} has {quantity:?} left", row.product));
    }
    for delivery in evidence.deliveries.iter().filter(|delivery| delivery.order == order) {
        line(format_args!("delivery: row {delivery:?}"));
    }
    for (service, tables) in &evidence.tables {
        let name = order.to_string();
        for step in tables.steps.iter().filter(|step| step.correlation == name) {
            line(format_args!("{service}: step {} is {} with {}", step.step, step.mode, step.inputs));
        }
        for (step, _) in tables.once.iter().filter(|(_, correlation)| *correlation == name) {
            line(format_args!("{service}: step {step} ran once for a message without a number"));
        }
        for (how, rows) in [("holds", &tables.held), ("parked", &tables.parked), ("gave up", &tables.dead)] {
            for KeptRow { place, offset, state, why, .. } in
                rows.iter().filter(|row| row.order() == Some(order))
            {
                line(format_args!("{service}: {how} {place} offset {offset} {state}: {why}"));
            }
        }
        let of_order = tables.outbox.iter().filter(|row| row.said.is_some_and(|said| said.order == order));
        for row in of_order {
            let (shard, seq, place) = (row.shard, row.seq, row.place);
            line(format_args!("{service}: outbox {seq} of shard {shard} to {place} is {}", row.number));
        }
    }
    for (place, log, message) in messages(evidence, order) {
        line(format_args!("{}", described(evidence, place, log, message)));
    }
    story
}

fn messages(evidence: &Evidence, order: i64) -> Vec<(Place, &Log, &Message)> {
    let of_order = |message: &Message| message.said.is_some_and(|said| said.order == order);
    let mut found: Vec<_> = evidence.messages().filter(|(_, _, message)| of_order(message)).collect();
    found.sort_by_key(|(place, _, message)| (message.timestamp, *place, message.offset));
    found
}

fn described(evidence: &Evidence, place: Place, log: &Log, message: &Message) -> String {
    let mut text = format!("{} ms: {place} offset {}", message.timestamp, message.offset);
    if let Some(kind) = evidence.injected(place, message.offset) {
        let _ = write!(text, ", from the adversary ({kind:?})");
    }
    let Some(parts) = log.parts(message) else { return text };
    let lossy = |bytes: Option<_>| bytes.map_or("null".into(), String::from_utf8_lossy);
    let _ = write!(text, ", key {:?}: {}", lossy(parts.key), lossy(parts.value));
    for (name, content) in parts.headers {
        let _ = write!(text, "\n      {}: {}", lossy(Some(name)), lossy(content));
    }
    text
}
