//! Whether what was given up is the adversary's poison, and all of it.

use std::collections::{HashMap, HashSet};

use super::super::InjectedKind;
use super::super::evidence::{CONSUMES, Evidence, KeptRow, Message, Place};
use super::super::report::Finding;

/// Dead letters that are no poison, or not what was published.
pub(super) fn unexpected(evidence: &Evidence, service: &str, dead: &[KeptRow], finding: &mut Finding) {
    finding.look(dead.len());
    for row in dead {
        let at = || format!("{service} gave {} offset {} up", row.place, row.offset);
        if evidence.injected(row.place, row.offset) != Some(InjectedKind::Poison) {
            finding.violated(row.order(), || format!("{}, which is no poison: {}", at(), row.why));
            continue;
        }
        let log = evidence.logs.get(&row.place);
        let published = log.and_then(|log| log.parts(log.at(row.offset)?));
        let same = match (&published, row.parts()) {
            (Some(published), Some(kept)) => published.key == kept.key && published.value == kept.value,
            _ => false,
        };
        if !same {
            finding.violated(row.order(), || format!("{}, and kept something else", at()));
        }
    }
}

/// Poison that was not given up once by each service that reads it, or not
/// copied to its topic of dead letters.
pub(super) fn missing(evidence: &Evidence, finding: &mut Finding) {
    for (service, topic, letters) in CONSUMES {
        let mut dead: HashMap<(Place, i64), Vec<&KeptRow>> = HashMap::new();
        for row in &evidence.of(service).dead {
            dead.entry((row.place, row.offset)).or_default().push(row);
        }
        let mut copies = copies(evidence, letters);
        let mut dropped = Vec::new();
        for ((place, offset), _) in evidence
            .injected
            .iter()
            .filter(|((place, _), kind)| place.topic == topic && **kind == InjectedKind::Poison)
        {
            finding.look(1);
            let at = || format!("{service} should have given {place} offset {offset} up");
            let rows = dead.get(&(*place, *offset)).map_or(&[][..], Vec::as_slice);
            if rows.len() != 1 {
                finding.violated(None, || format!("{} once, not {} times", at(), rows.len()));
            }
            let message = evidence.logs.get(place).and_then(|log| log.at(*offset));
            let body = message.map(|message| message.digest.value);
            if rows.iter().any(|row| row.state == "dropped") {
                dropped.extend(body);
            } else if !take_copy(&mut copies, body) {
                finding.violated(None, || format!("{}, with a copy on {letters}", at()));
            }
        }
        // What an operator dropped may have died before, or not.
        for body in dropped {
            take_copy(&mut copies, Some(body));
        }
        let left: usize = copies.values().sum();
        if left > 0 {
            finding
                .violated(None, || format!("{left} messages on {letters} are copies of nothing that died"));
        }
    }
}

/// Whether there is a copy with this body that belongs to no other message.
fn take_copy(copies: &mut HashMap<u32, usize>, body: Option<u32>) -> bool {
    let left = body.and_then(|body| copies.get_mut(&body)).filter(|left| **left > 0);
    left.map(|left| *left -= 1).is_some()
}

/// How many different messages with the same body are on a topic of dead letters.
fn copies(evidence: &Evidence, letters: &str) -> HashMap<u32, usize> {
    let mut known = HashSet::new();
    let mut copies = HashMap::new();
    let messages = evidence.messages().filter(|(place, _, _)| place.topic == letters);
    for (place, _, message) in messages {
        let Message { number, offset, .. } = message;
        let repeat = number.is_some() && !known.insert((place, number));
        if !repeat && evidence.injected(place, *offset).is_none() {
            *copies.entry(message.digest.value).or_default() += 1;
        }
    }
    copies
}
