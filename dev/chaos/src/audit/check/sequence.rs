//! Whether the messages of one key and one source are on Kafka in their order.

use std::collections::{HashMap, HashSet};

use super::super::evidence::{Evidence, Log, Place};
use super::super::report::Finding;
use super::Invariant;

pub(super) fn check(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new(Invariant::Sequence, "keys on topics");
    let mut homes: HashMap<(&str, u32), i32> = HashMap::new();
    let (mut overtaken, mut followed) = (0, 0);
    for (place, log) in &evidence.logs {
        let order = read(*place, log, &mut finding);
        overtaken += order.overtaken;
        followed += order.followed;
        for message in log.messages.iter().filter(|message| message.number.is_some()) {
            if evidence.injected(*place, message.offset).is_some() {
                continue;
            }
            let home = *homes.entry((place.topic, message.digest.key)).or_insert(place.partition);
            if home != place.partition {
                finding.violated(message.said.map(|said| said.order), || {
                    format!("a key is in partitions {home} and {} of {}", place.partition, place.topic)
                });
            }
        }
    }
    finding.look(homes.len());
    finding.notes.push(format!("{followed} messages follow another of their key and source"));
    finding
        .notes
        .push(format!("{overtaken} messages were overtaken by one of another key, which is allowed"));
    finding
}

/// How the messages of a place stand.
#[derive(Default)]
struct Order {
    /// Those that follow another of their key and source.
    followed: u64,
    /// Those that stand behind a later one of their source.
    overtaken: u64,
}

/// Reads a partition. Where a message stands first is where it counts.
fn read(place: Place, log: &Log, finding: &mut Finding) -> Order {
    let mut order = Order::default();
    let mut known = HashSet::new();
    let mut of_source = HashMap::new();
    let mut of_key = HashMap::new();
    for message in &log.messages {
        let Some(number) = message.number.as_ref().filter(|number| known.insert(*number)) else { continue };
        let at = (number.incarnation, number.dseq);
        let last = of_source.entry(&number.source).or_insert(at);
        order.overtaken += u64::from(at < *last);
        *last = at.max(*last);
        let Some(before) = of_key.insert((message.digest.key, &number.source), at) else { continue };
        order.followed += 1;
        if at < before {
            finding.violated(message.said.map(|said| said.order), || {
                format!("{place} offset {} is {number}, behind #{} of the same key", message.offset, before.1)
            });
        }
    }
    order
}
