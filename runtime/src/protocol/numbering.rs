//! How one shard numbers what it publishes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;

use serde::Serialize;

use crate::context::Emission;
use crate::outcome::{FailureInfo, Fault};
use crate::protocol::records::{Destination, Outbox, OutboxRow, ShardId, ShardState};
use crate::record::Record;
use crate::service::dead_letters;
use crate::wire::{Envelope, Number, OutgoingHeaders, Part, SEQ_HEADER, Trace, partition_of};

/// The largest message a broker takes by default, less room for what Kafka adds.
pub const MAX_MESSAGE_BYTES: usize = 1_000_000;

/// Room for what Kafka adds to a message: a batch's header, lengths and offsets.
const ADDED: usize = 200;

/// A message of this size is not too large, whatever its topic says. A topic that does not take it is
/// misconfigured: its messages wait until it does, instead of failing one by one.
const ORDINARY: usize = 4_096;

/// The size of the largest message that each topic takes, where it is known.
pub type Limits = HashMap<&'static str, usize>;

/// What is left of the copy of a message that is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// All of it.
    Whole,
    /// Not its own headers: with them it would be larger than the topic takes.
    WithoutHeaders,
    /// Nothing: it would be larger than the topic takes all the same.
    Nothing,
}

/// What Kafka adds to a header at most.
const HEADER_FRAME: usize = 10;

/// The numbers a shard has given so far: one to each message, and one within each destination partition.
///
/// Both are without gaps. The first lets the relay publish in order and the cursor be a prefix; the
/// second is what a receiver counts by, since it sees one partition only. A copy is numbered inside the
/// transaction and replaces the original after the commit: numbers that were rolled back are given
/// again, and a number that was committed never is. A gap would make receivers hold back everything
/// after it; a number given twice would make them drop a message that they have never seen.
///
/// See `docs/runtime.md`, "Numbers".
#[derive(Debug, Clone)]
pub struct Sequence {
    /// The shard.
    pub shard: ShardId,
    /// Which life of the database they belong to.
    pub incarnation: i64,
    /// The number of the last message.
    pub last_seq: i64,
    destinations: BTreeMap<(&'static str, i32), i64>,
}

/// How many partitions each topic has; pinned when the service first saw it.
pub type PartitionCounts = HashMap<&'static str, i32>;

/// What every message of a batch has in common.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The saga's name.
    pub saga: &'static str,
    /// The service's name.
    pub service: &'static str,
    /// When the batch was decided, as `ce_time` has it.
    pub time: &'a str,
    /// How many partitions the topics have.
    pub partition_counts: &'a PartitionCounts,
    /// How large the messages to each topic may be.
    pub limits: &'a Limits,
    /// What the names of topics begin with on the cluster.
    pub prefix: &'static str,
}

impl Sender<'_> {
    /// A topic as it is named on the cluster.
    fn on_cluster(&self, topic: &'static str) -> Cow<'static, str> {
        if self.prefix.is_empty() { topic.into() } else { format!("{}{topic}", self.prefix).into() }
    }

    /// How large a message to `topic` may be.
    fn limit(&self, topic: &str) -> usize {
        let known = self.limits.get(topic).map(|limit| limit.saturating_sub(ADDED));
        known.map_or(MAX_MESSAGE_BYTES, |limit| limit.clamp(ORDINARY, MAX_MESSAGE_BYTES))
    }
}

/// The message or request that caused an emission.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// Which of the batch's shards it belongs to, and numbers what it causes.
    pub shard: usize,
    /// Its `ce_id`, if it is a message.
    pub id: Option<&'a str>,
    /// The span of handling it.
    pub trace: Trace,
}

impl Sequence {
    /// The numbers of a shard as it was found at take-over, for the topics in `counts`.
    pub fn new(state: &ShardState, counts: &PartitionCounts) -> Self {
        let destinations = state.destinations.iter().filter_map(|destination| {
            let (topic, _) = counts.get_key_value(destination.topic.as_ref())?;
            Some(((*topic, destination.partition), destination.last_dseq))
        });
        Self {
            shard: state.id,
            incarnation: state.incarnation,
            last_seq: state.last_seq,
            destinations: destinations.collect(),
        }
    }

    /// Numbers one emission, whose text is in `source`, and adds it to `outbox`.
    ///
    /// # Errors
    /// [`Fault::TooLarge`] when its topic would not take it.
    pub fn push(
        &mut self,
        emission: &Emission,
        source: &[u8],
        cause: Cause<'_>,
        sender: Sender<'_>,
        outbox: &mut Outbox,
    ) -> Result<(), Fault> {
        let key = &source[emission.key.clone()];
        let value = &source[emission.value.clone()];
        let (partition, dseq) = self.next(emission.topic, key, sender.partition_counts);
        let from = format!("{}/{}", sender.service, self.shard.0);
        // A key is the text of a correlation.
        let correlation = std::str::from_utf8(key).unwrap_or_default();
        let headers = Envelope {
            saga: sender.saga,
            service: sender.service,
            event: emission.event,
            correlation,
            id: (self.shard.0, self.incarnation, self.last_seq),
            causation: cause.id,
            time: sender.time,
            trace: cause.trace,
            readers: emission.readers,
            number: Number {
                source: &from,
                incarnation: self.incarnation,
                topic: &sender.on_cluster(emission.topic),
                partition,
                dseq,
            },
        }
        .headers();
        let size = self.store((emission.topic, partition, dseq), key, &headers, value, outbox)?;
        let limit = sender.limit(emission.topic);
        if size > limit {
            return Err(Fault::TooLarge { event: emission.event, size, limit });
        }
        Ok(())
    }

    /// Numbers the copy of a message that is given up, for the topic of dead letters. What makes it
    /// larger than the topic takes is left out; the dead letter in the database has all of it.
    ///
    /// # Errors
    /// [`Fault::Unstorable`] when its headers cannot be written down.
    pub fn push_copy(
        &mut self,
        record: &Record,
        failure: &FailureInfo,
        sender: Sender<'_>,
        outbox: &mut Outbox,
    ) -> Result<Copied, Fault> {
        let Sender { service, partition_counts, .. } = sender;
        let topic = dead_letters(record.origin.topic, service);
        let Some((topic, _)) = partition_counts.get_key_value(topic.as_str()) else {
            return Ok(Copied::Nothing);
        };
        let topic = *topic;
        let limit = sender.limit(topic);
        let before = self.clone();
        for copied in [Copied::Whole, Copied::WithoutHeaders] {
            let (partition, dseq) = self.next(topic, record.key(), partition_counts);
            let source = format!("{service}/{}", self.shard.0);
            let on_cluster = sender.on_cluster(topic);
            let incarnation = self.incarnation;
            let number = Number { source: &source, incarnation, topic: &on_cluster, partition, dseq };
            let headers = copied_headers(record, failure, copied, service, number);
            if record.key().len() + record.value().len() + size(&headers) <= limit {
                let (to, key, value) = ((topic, partition, dseq), record.key(), record.value());
                match headers.short() {
                    Some(short) => self.store(to, key, &short, value, outbox)?,
                    None => self.store(to, key, &headers, value, outbox)?,
                };
                return Ok(copied);
            }
            // As if it had never been: a number that is not sent would be a gap.
            self.clone_from(&before);
        }
        Ok(Copied::Nothing)
    }

    /// The next number to the partition of `key`.
    fn next(&mut self, topic: &'static str, key: &[u8], counts: &PartitionCounts) -> (i32, i64) {
        let partition = partition_of(key, counts.get(topic).copied().unwrap_or(1));
        let dseq = self.destinations.entry((topic, partition)).or_insert(0);
        *dseq += 1;
        self.last_seq += 1;
        (partition, *dseq)
    }

    /// Adds the message that was just numbered to `outbox`, and returns its size in bytes.
    fn store(
        &self,
        (topic, partition, dseq): (&'static str, i32, i64),
        key: &[u8],
        headers: &impl Serialize,
        value: &[u8],
        outbox: &mut Outbox,
    ) -> Result<usize, Fault> {
        let start = outbox.bytes.len();
        let key = append(&mut outbox.bytes, key);
        let headers_start = outbox.bytes.len();
        serde_json::to_writer(&mut outbox.bytes, headers)
            .map_err(|error| Fault::Unstorable(error.to_string()))?;
        let headers = headers_start..outbox.bytes.len();
        let value = append(&mut outbox.bytes, value);
        outbox.rows.push(OutboxRow {
            shard: self.shard,
            seq: self.last_seq,
            topic: topic.into(),
            partition,
            incarnation: self.incarnation,
            dseq,
            key,
            headers,
            value,
        });
        Ok(outbox.bytes.len() - start)
    }

    /// The destinations whose numbers went up since `before`.
    pub fn changed_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = Destination> + 'a {
        self.destinations
            .iter()
            .filter(|(destination, last)| before.destinations.get(*destination) != Some(last))
            .map(|((topic, partition), last_dseq)| Destination {
                shard: self.shard,
                topic: (*topic).into(),
                partition: *partition,
                last_dseq: *last_dseq,
            })
    }
}

/// How much headers add to a message at most.
fn size(headers: &OutgoingHeaders<'_>) -> usize {
    let value = |value: &Option<Part<'_>>| value.as_ref().map_or(0, |value| value.0.len());
    headers.headers.iter().map(|(name, it)| name.0.len() + value(it) + HEADER_FRAME).sum()
}

/// The headers a message had, its number under another name, and why it is given up.
fn copied_headers<'r>(
    record: &'r Record,
    failure: &FailureInfo,
    copied: Copied,
    service: &str,
    number: Number<'_>,
) -> OutgoingHeaders<'r> {
    let named = |name: &'r [u8]| if name == SEQ_HEADER.as_bytes() { b"saga-dead-seq" } else { name };
    let had = record
        .headers()
        .filter(|_| copied == Copied::Whole)
        .map(|(name, value)| (named(name).into(), value.map(Part::from)));
    let more = [
        ("saga-dead-service", service.to_owned()),
        ("saga-dead-topic", record.origin.topic.to_owned()),
        ("saga-dead-partition", record.origin.partition.to_string()),
        ("saga-dead-offset", record.offset.to_string()),
        ("saga-dead-reason", failure.reason.to_owned()),
        ("saga-dead-error", failure.error.clone()),
        (SEQ_HEADER, number.to_string()),
    ];
    let more =
        more.into_iter().map(|(name, value)| (name.as_bytes().into(), Some(Part(value.into_bytes().into()))));
    OutgoingHeaders {
        headers: had.chain(more).collect(),
        null_key: record.nullable_key().is_none(),
        null_value: record.nullable_value().is_none(),
    }
}

fn append(bytes: &mut Vec<u8>, part: &[u8]) -> std::ops::Range<usize> {
    let start = bytes.len();
    // Writing into a Vec cannot fail.
    let _ = bytes.write_all(part);
    start..bytes.len()
}

#[cfg(test)]
mod tests;
