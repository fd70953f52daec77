//! Whether outboxes and Kafka hold the same messages.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::evidence::{Evidence, Log, OutboxRow, Place};
use super::super::report::Finding;
use super::super::wire::Number;
use super::Invariant;

pub(super) fn check(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new(Invariant::Outbox, "outbox rows and messages");
    let mut stored: BTreeMap<Place, Vec<(&str, &OutboxRow)>> = BTreeMap::new();
    for (service, row) in evidence.outbox() {
        stored.entry(row.place).or_default().push((service, row));
    }
    for place in evidence.logs.keys() {
        stored.entry(*place).or_default();
    }
    let none = Log::default();
    for (place, rows) in stored {
        let log = evidence.logs.get(&place).unwrap_or(&none);
        lost(place, &rows, log, &mut finding);
        if evidence.outbox_kept {
            ghosts(evidence, place, &rows, log, &mut finding);
        } else {
            given(evidence, place, log, &mut finding);
        }
    }
    if !evidence.outbox_kept {
        let honest = "outbox rows were not kept: messages are compared with the numbers that were given";
        finding.notes.push(honest.into());
    }
    finding
}

/// What was stored and is not on Kafka.
fn lost(place: Place, rows: &[(&str, &OutboxRow)], log: &Log, finding: &mut Finding) {
    let there: HashSet<&Number> = log.messages.iter().filter_map(|message| message.number.as_ref()).collect();
    finding.look(rows.len());
    for (service, row) in rows.iter().filter(|(_, row)| !there.contains(&row.number)) {
        finding.violated(row.said.map(|said| said.order), || {
            format!("row {} of shard {} of {service} is not on {place} as {}", row.seq, row.shard, row.number)
        });
    }
}

/// What is on Kafka and was not stored, or was stored differently.
fn ghosts(evidence: &Evidence, place: Place, rows: &[(&str, &OutboxRow)], log: &Log, finding: &mut Finding) {
    let stored: HashMap<&Number, &OutboxRow> = rows.iter().map(|(_, row)| (&row.number, *row)).collect();
    finding.look(log.messages.len());
    for message in &log.messages {
        if evidence.injected(place, message.offset).is_some() {
            continue;
        }
        let order = message.said.map(|said| said.order);
        let at = message.offset;
        let Some(number) = &message.number else {
            finding.violated(order, || {
                format!("{place} offset {at} has no number, and no external producer claims it")
            });
            continue;
        };
        match stored.get(number) {
            None => {
                finding.violated(order, || format!("{place} offset {at} is {number}, which no outbox holds"))
            }
            Some(row) => {
                if let Some(part) = row.digest.difference(message.digest) {
                    finding
                        .violated(order, || format!("{place} offset {at} is {number}, with another {part}"));
                }
            }
        }
    }
}

/// Without the rows: what is on Kafka has a number that was given, and the
/// numbers that were given are there.
fn given(evidence: &Evidence, place: Place, log: &Log, finding: &mut Finding) {
    let mut there: HashMap<&Number, Option<i64>> = HashMap::new();
    for message in &log.messages {
        let order = message.said.map(|said| said.order);
        match &message.number {
            Some(number) => drop(there.insert(number, order)),
            None if evidence.injected(place, message.offset).is_some() => {}
            None => finding.violated(order, || {
                format!("{place} offset {} has no number, and no external producer claims it", message.offset)
            }),
        }
    }
    finding.look(log.messages.len());
    for (service, tables) in &evidence.tables {
        for shard in &tables.shards {
            let source: std::sync::Arc<str> = format!("{service}/{}", shard.shard).into();
            let last = tables.destinations.get(&(shard.shard, place)).copied().unwrap_or_default();
            for dseq in 1..=last {
                let number = Number { source: source.clone(), incarnation: shard.incarnation, dseq };
                if there.remove(&number).is_none() {
                    finding.violated(None, || format!("{number} was given, and is not on {place}"));
                }
            }
        }
    }
    // What an earlier life numbered is unknown.
    let lives = |number: &Number| {
        evidence.tables.iter().any(|(service, tables)| {
            tables.shards.iter().any(|shard| {
                *number.source == format!("{service}/{}", shard.shard)
                    && number.incarnation < shard.incarnation
            })
        })
    };
    for (number, order) in there.into_iter().filter(|(number, _)| !lives(number)) {
        finding.violated(order, || format!("{place} has {number}, which was never given"));
    }
}
