//! Whether each service counted every message that it read.

use super::super::evidence::{CONSUMES, Evidence, KeptRow, Log, Place, ShardRow, Tables};
use super::super::report::Finding;
use super::Invariant;

pub(super) fn check(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new(Invariant::Counters, "partitions read");
    for (service, topic, _) in CONSUMES {
        let tables = evidence.of(service);
        for (place, log) in evidence.logs.iter().filter(|(place, _)| place.topic == topic) {
            finding.look(1);
            let shard =
                tables.shards.iter().find(|shard| shard.input() == Some((place.topic, place.partition)));
            if let Some(what) = flaw(shard, *place, log, tables) {
                finding.violated(None, || format!("{service} {what} of {place}"));
            }
        }
    }
    let messages: u64 = evidence.logs.values().map(|log| log.messages.len() as u64).sum();
    finding.notes.push(format!("{messages} messages on all topics"));
    finding
}

fn flaw(shard: Option<&ShardRow>, place: Place, log: &Log, tables: &Tables) -> Option<String> {
    let Some(ShardRow { next_offset, applied, dropped, .. }) = shard else {
        return (!log.messages.is_empty())
            .then(|| format!("has read nothing of {} messages", log.messages.len()));
    };
    // Behind the last message there may be transaction markers, which consumers never see.
    let least = log.messages.last().map_or(0, |last| last.offset + 1);
    let next = (*next_offset).max(0);
    if next < least || next > log.end {
        return Some(format!("goes on at offset {next} of {}", log.end));
    }
    let here =
        |rows: &[KeptRow]| rows.iter().filter(|row| row.place == place && row.state != "redriven").count();
    let (held, parked, dead) = (here(&tables.held), here(&tables.parked), here(&tables.dead));
    let counted = applied + dropped + (held + parked + dead) as i64;
    let read = log.messages.partition_point(|message| message.offset < next);
    (counted != read as i64).then(|| {
        format!(
            "handled {applied}, dropped {dropped}, holds {held}, parked {parked} and gave up {dead} \
             of the {read} messages"
        )
    })
}
