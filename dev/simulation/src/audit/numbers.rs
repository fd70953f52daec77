//! Whether every message that was stored was sent, once or more, and every
//! message that was sent was counted once.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::record::TopicPartition;
use saga_runtime::store::{DeadState, Place};

use super::Evidence;
use crate::broker::Logged;
use crate::history::MessageId;

pub(super) fn judge(evidence: &Evidence) -> Vec<String> {
    let mut findings = outboxes_and_topics(evidence);
    findings.extend(gaps(evidence));
    findings.extend(inputs(evidence));
    findings
}

/// The identity of a message, if its number is its own.
pub(super) fn identity(topic: &str, partition: i32, message: &Logged) -> Option<MessageId> {
    let fields: Vec<&str> = message.header("saga-seq")?.split('|').collect();
    let [_, source, incarnation, of_topic, of_partition, number] = fields.as_slice() else { return None };
    let own = *of_topic == topic && *of_partition == partition.to_string();
    own.then(|| {
        let (incarnation, number) = (incarnation.parse().unwrap(), number.parse().unwrap());
        ((*source).to_owned(), incarnation, topic.to_owned(), partition, number)
    })
}

fn sent(evidence: &Evidence) -> BTreeMap<MessageId, &Logged> {
    let places = evidence.logs.iter();
    let messages = places.flat_map(|(at, log)| log.iter().flatten().map(move |message| (at, message)));
    messages.filter_map(|(at, message)| Some((identity(at.topic, at.partition, message)?, message))).collect()
}

fn outboxes_and_topics(evidence: &Evidence) -> Vec<String> {
    let sent: BTreeSet<MessageId> = sent(evidence).into_keys().collect();
    let lost = evidence
        .committed
        .difference(&sent)
        .filter(|id| !evidence.was_restored(&id.0))
        .map(|id| format!("stored and never sent: {id:?}"));
    let ghosts = sent.difference(&evidence.committed).map(|id| format!("sent and never stored: {id:?}"));
    lost.chain(ghosts).collect()
}

fn gaps(evidence: &Evidence) -> Vec<String> {
    let mut numbers: BTreeMap<_, BTreeSet<i64>> = BTreeMap::new();
    for (source, incarnation, topic, partition, number) in sent(evidence).into_keys() {
        numbers.entry((source, incarnation, topic, partition)).or_default().insert(number);
    }
    let kept = numbers.into_iter().filter(|((source, ..), _)| !evidence.was_restored(source));
    let gapped = kept.filter(|(_, numbers)| !numbers.iter().copied().eq(1..=numbers.len() as i64));
    gapped.map(|(source, numbers)| format!("not gapless: {source:?} has {numbers:?}")).collect()
}

/// How many messages of a partition are parked, and how many are dead letters.
fn unapplied(evidence: &Evidence, service: &str, at: TopicPartition) -> (i64, i64) {
    let here = |place: &Place| place.topic == at.topic && place.partition == at.partition;
    let of = evidence.unapplied.iter().filter(|(of, ..)| *of == service);
    of.fold((0, 0), |(parked, dead), (_, parked_rows, dead_rows)| {
        let more_parked = parked_rows.iter().filter(|row| here(&row.place)).count();
        let more_dead =
            dead_rows.iter().filter(|(row, state)| here(&row.place) && *state != DeadState::Redriven);
        (parked + more_parked as i64, dead + more_dead.count() as i64)
    })
}

fn inputs(evidence: &Evidence) -> Vec<String> {
    let mut findings = Vec::new();
    for (service, place, state, (applied, dropped)) in &evidence.inputs {
        let log = &evidence.logs[place];
        let consumed = log.iter().flatten().count() as i64;
        let held = state.held.len() as i64;
        let (parked, dead) = unapplied(evidence, service, *place);
        if applied + dropped + held + parked + dead != consumed {
            findings.push(format!(
                "{service} applied {applied}, dropped {dropped}, holds {held}, has parked {parked} and \
                 dead-lettered {dead}, of {consumed} on {place}"
            ));
        }
        let waiting = state.held.iter().filter(|held| !evidence.was_restored(&held.source));
        findings.extend(waiting.map(|held| {
            format!("{service} still waits for what is before {} #{} on {place}", held.source, held.dseq)
        }));
        let end = log.iter().rposition(Option::is_some).map_or(0, |last| last as i64 + 1);
        if state.next_offset.max(0) != end {
            findings.push(format!("{service} goes on at {} of {end} on {place}", state.next_offset));
        }
    }
    findings
}
