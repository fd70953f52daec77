//! Whether numbers were given without gaps and doubles.

use std::collections::{BTreeMap, BTreeSet};

use super::super::evidence::{Evidence, Place, ShardRow, Tables};
use super::super::report::Finding;
use super::Invariant;

/// The numbers given to one place: by shard, incarnation and place.
type Given<'a> = BTreeMap<(i32, i64, Place), Vec<i64>>;

pub(super) fn check(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new(Invariant::Numbers, "shards and destinations");
    for (service, tables) in &evidence.tables {
        for shard in &tables.shards {
            finding.look(1);
            if let Some(what) = shard_flaw(shard, tables, evidence.outbox_kept) {
                finding.violated(None, || format!("{service}'s {} {what}", shard.name));
            }
        }
        if let Some(row) =
            tables.outbox.iter().find(|row| !tables.shards.iter().any(|shard| shard.shard == row.shard))
        {
            let order = row.said.map(|said| said.order);
            finding.violated(order, || {
                format!("{service}'s outbox has rows of shard {}, which it has not", row.shard)
            });
        }
        let given = if evidence.outbox_kept { stored(tables) } else { published(evidence, service) };
        destinations(service, tables, given, &mut finding);
    }
    finding
}

/// What is wrong with the numbers of a shard.
fn shard_flaw(shard: &ShardRow, tables: &Tables, kept: bool) -> Option<String> {
    let ShardRow { last_seq, cursor, .. } = *shard;
    if cursor != last_seq {
        return Some(format!("has {last_seq} messages, of which {cursor} are acknowledged"));
    }
    let rows = tables.outbox.iter().filter(|row| row.shard == shard.shard);
    let numbers: Vec<i64> = rows.map(|row| row.seq).collect();
    let first = if kept { 1 } else { cursor + 1 };
    unlike(&numbers, first..=last_seq).map(|what| format!("has {what} in its outbox"))
}

/// The numbers in the outbox.
fn stored(tables: &Tables) -> Given<'_> {
    let mut given = Given::new();
    for row in &tables.outbox {
        given.entry((row.shard, row.number.incarnation, row.place)).or_default().push(row.number.dseq);
    }
    given
}

/// The numbers on Kafka, each once.
fn published<'a>(evidence: &'a Evidence, service: &str) -> Given<'a> {
    let mut given: BTreeMap<(i32, i64, Place), BTreeSet<i64>> = BTreeMap::new();
    for (place, _, message) in evidence.messages() {
        let Some(number) = &message.number else { continue };
        let shard = number.source.strip_prefix(service).and_then(|rest| rest.strip_prefix('/'));
        if let Some(shard) = shard.and_then(|shard| shard.parse().ok()) {
            given.entry((shard, number.incarnation, place)).or_default().insert(number.dseq);
        }
    }
    given.into_iter().map(|(of, numbers)| (of, numbers.into_iter().collect())).collect()
}

fn destinations(service: &str, tables: &Tables, given: Given<'_>, finding: &mut Finding) {
    let mut remembered = tables.destinations.clone();
    for ((shard, incarnation, place), mut numbers) in given {
        finding.look(1);
        // Kept in the order of the shard's own numbers, which must agree.
        let in_order = numbers.is_sorted();
        numbers.sort_unstable();
        let count = numbers.len() as i64;
        let of = || format!("{service}'s shard {shard} to {place}");
        if let Some(what) = unlike(&numbers, 1..=count) {
            finding.violated(None, || format!("{} gave {what}", of()));
        } else if !in_order {
            finding.violated(None, || format!("{} gave numbers in another order than its own", of()));
        }
        let current = tables.shards.iter().any(|row| row.shard == shard && row.incarnation == incarnation);
        if current {
            let last = remembered.remove(&(shard, place));
            if last != Some(count) {
                finding.violated(None, || format!("{} gave {count} numbers, and remembers {last:?}", of()));
            }
        }
    }
    for ((shard, place), last) in remembered {
        finding.violated(None, || {
            format!("{service}'s shard {shard} remembers to have sent {last} to {place}, and has sent none")
        });
    }
}

/// How ascending numbers differ from a range: the first that is missing, double
/// or not in it.
fn unlike(numbers: &[i64], mut wanted: std::ops::RangeInclusive<i64>) -> Option<String> {
    let mut last = None;
    for number in numbers {
        if last == Some(*number) {
            return Some(format!("#{number} twice"));
        }
        last = Some(*number);
        match wanted.next() {
            Some(next) if next == *number => {}
            Some(next) if next < *number => return Some(format!("no #{next} before #{number}")),
            _ => return Some(format!("#{number}, which was not given")),
        }
    }
    wanted.next().map(|next| format!("no #{next}"))
}
