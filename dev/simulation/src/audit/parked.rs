//! Whether parked messages and dead letters are stored exactly as they came.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::record::TopicPartition;
use saga_runtime::store::{DeadState, Place};

use super::Evidence;
use super::numbers::identity;
use crate::broker::Logged;
use crate::history::{MessagePlace, located};
use crate::saga::Saga;

pub(super) fn judge(saga: &Saga, evidence: &Evidence) -> Vec<String> {
    let mut findings = rows(saga, evidence);
    findings.extend(copies(saga, evidence));
    findings.extend(
        evidence
            .deaths
            .iter()
            .filter(|(at, deaths)| **deaths > 1 + evidence.redrives.get(*at).copied().unwrap_or(0))
            .map(|(at, deaths)| format!("{at:?} died {deaths} times, and was redriven less often")),
    );
    findings
}

/// Every message that was given up has its row, and every row the message as it is on its topic.
fn rows(saga: &Saga, evidence: &Evidence) -> Vec<String> {
    let mut findings = Vec::new();
    for (service, parked, dead) in &evidence.unapplied {
        let rows = parked.iter().map(|row| (&row.place, &row.record));
        for (place, record) in rows.chain(dead.iter().map(|(row, _)| (&row.place, &row.record))) {
            if message(evidence, place).map(stored).as_deref() != Some(record) {
                findings.push(format!("{service} has kept {place:?} other than it is"));
            }
        }
        let kept: BTreeSet<MessagePlace> =
            dead.iter().map(|(row, _)| located(saga, service, &row.place)).collect();
        let died = evidence.deaths.keys().filter(|at| at.0 == *service);
        findings.extend(died.filter(|at| !kept.contains(*at)).map(|at| format!("{at:?} died without a row")));
        for (row, state) in dead {
            let is_compensation = saga.plan.asks_for_compensation(&row.place.topic);
            if is_compensation && *state == DeadState::Dead && is_readable(evidence, &row.place) {
                findings.push(format!("{service} has dead-lettered a compensation: {:?}", row.place));
            }
            if *state != DeadState::Dropped
                && !evidence.deaths.contains_key(&located(saga, service, &row.place))
            {
                findings.push(format!("{service} has a dead letter that never died: {:?}", row.place));
            }
        }
    }
    for (at, log) in &evidence.logs {
        let garbage = (0..).zip(log).filter(|(_, message)| {
            message.as_ref().is_some_and(|message| evidence.garbage.contains(&message.value))
        });
        for (offset, _) in garbage {
            for (service, ..) in evidence.inputs.iter().filter(|(_, place, ..)| place == at) {
                if !evidence.deaths.contains_key(&(service, *at, offset)) {
                    findings.push(format!(
                        "{service} cannot have read {at}@{offset}, and has not dead-lettered it"
                    ));
                }
            }
        }
    }
    findings
}

/// Of every death there is one copy on the topic for dead letters, however often it was sent.
fn copies(saga: &Saga, evidence: &Evidence) -> Vec<String> {
    let mut findings = Vec::new();
    let mut copies: BTreeMap<MessagePlace, BTreeSet<_>> = BTreeMap::new();
    for (on, log) in evidence.logs.iter().filter(|(on, _)| on.topic.ends_with(".dlt")) {
        for copy in log.iter().flatten() {
            let header = |name: &str| copy.header(name).unwrap_or_default();
            let number = |name: &str| header(name).parse::<i64>().unwrap_or(-1);
            let topic = header("saga-dead-topic").to_owned();
            let partition = number("saga-dead-partition") as i32;
            let place = Place { topic: topic.into(), partition, offset: number("saga-dead-offset") };
            let Some(original) = message(evidence, &place) else {
                findings.push(format!("a dead letter on {on} is of no message: {place:?}"));
                continue;
            };
            if !is_copy(copy, original) {
                findings.push(format!("a dead letter on {on} is not what {place:?} is"));
            }
            let service =
                evidence.unapplied.iter().map(|of| of.0).find(|of| *of == header("saga-dead-service"));
            let at = located(saga, service.unwrap_or("no service"), &place);
            copies.entry(at).or_default().insert(identity(on.topic, on.partition, copy));
        }
    }
    for (at, deaths) in &evidence.deaths {
        let found = copies.remove(at).map_or(0, |copies| copies.len() as u64);
        if found != *deaths {
            findings.push(format!("{at:?} died {deaths} times, and has {found} copies"));
        }
    }
    findings.extend(copies.into_keys().map(|at| format!("{at:?} has a copy, and never died")));
    findings
}

/// Whether a copy has the key, the body and the headers of its original, and its number by another name.
/// What a database refused to keep is copied without them.
fn is_copy(copy: &Logged, original: &Logged) -> bool {
    if copy.header("saga-dead-reason") == Some("unstorable") && copy.key.is_empty() && copy.value.is_empty() {
        return true;
    }
    let kept = original.headers.iter().all(|(name, value)| {
        let name = if name == "saga-seq" { "saga-dead-seq" } else { name };
        copy.header(name) == Some(value)
    });
    kept && copy.key == original.key && copy.value == original.value
}

fn message<'e>(evidence: &'e Evidence, place: &Place) -> Option<&'e Logged> {
    let at = |at: &TopicPartition| at.topic == place.topic && at.partition == place.partition;
    let (_, log) = evidence.logs.iter().find(|(found, _)| at(found))?;
    log.get(usize::try_from(place.offset).ok()?)?.as_ref()
}

fn is_readable(evidence: &Evidence, place: &Place) -> bool {
    message(evidence, place).is_some_and(|message| !evidence.garbage.contains(&message.value))
}

/// A message as a row has it: key, body and headers, each behind its length in four bytes.
fn stored(message: &Logged) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut put = |part: &[u8]| {
        bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
        bytes.extend_from_slice(part);
    };
    put(&message.key);
    put(&message.value);
    for (name, value) in &message.headers {
        put(name.as_bytes());
        put(value.as_bytes());
    }
    bytes
}
