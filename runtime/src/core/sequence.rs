//! How one shard numbers what it publishes.

use std::collections::HashMap;
use std::io::Write as _;

use crate::context::{Emission, Fault};
use crate::store::{Destination, Outbox, OutboxRow, ShardId, ShardState};
use crate::wire::{Envelope, Number, Trace, partition_of};

/// The largest message a broker takes by default, less room for what Kafka adds.
pub const MAX_MESSAGE_BYTES: usize = 1_000_000;

/// The numbers a shard has given so far.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// The shard.
    pub shard: ShardId,
    /// Which life of the database they belong to.
    pub incarnation: i64,
    /// The number of the last message.
    pub last_seq: i64,
    destinations: HashMap<(&'static str, i32), i64>,
}

/// How many partitions each topic has; pinned when the service first saw it.
pub type Partitions = HashMap<&'static str, i32>;

/// What every message of a batch has in common.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The saga's name.
    pub saga: &'static str,
    /// The service's name.
    pub service: &'static str,
    /// When the batch was decided, as `ce_time` has it.
    pub time: &'a str,
}

/// The message that caused an emission.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cause<'a> {
    /// Its `ce_id`.
    pub id: Option<&'a str>,
    /// Its `traceparent`.
    pub trace: Option<&'a str>,
}

impl Sequence {
    /// The numbers of a shard as it was found at take-over, for the topics in `partitions`.
    pub fn new(state: &ShardState, partitions: &Partitions) -> Self {
        let destinations = state.destinations.iter().filter_map(|destination| {
            let (topic, _) = partitions.get_key_value(destination.topic.as_ref())?;
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
    /// [`Fault::TooLarge`] when no broker would take it.
    pub fn push(
        &mut self,
        emission: &Emission,
        source: &[u8],
        sender: Sender<'_>,
        cause: Cause<'_>,
        partitions: &Partitions,
        outbox: &mut Outbox,
    ) -> Result<(), Fault> {
        let key = &source[emission.key.clone()];
        let value = &source[emission.value.clone()];
        let partition = partition_of(key, partitions.get(emission.topic).copied().unwrap_or(1));
        let dseq = self.destinations.entry((emission.topic, partition)).or_insert(0);
        *dseq += 1;
        self.last_seq += 1;
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
            trace: Trace::after(cause.trace),
            number: Number {
                source: &from,
                incarnation: self.incarnation,
                topic: emission.topic,
                partition,
                dseq: *dseq,
            },
        }
        .headers();
        let start = outbox.bytes.len();
        let key = append(&mut outbox.bytes, key);
        let headers_start = outbox.bytes.len();
        serde_json::to_writer(&mut outbox.bytes, &headers)
            .map_err(|error| Fault::Unstorable(error.to_string()))?;
        let headers = headers_start..outbox.bytes.len();
        let value = append(&mut outbox.bytes, value);
        let size = outbox.bytes.len() - start;
        if size > MAX_MESSAGE_BYTES {
            return Err(Fault::TooLarge { event: emission.event, size, limit: MAX_MESSAGE_BYTES });
        }
        outbox.rows.push(OutboxRow {
            shard: self.shard,
            seq: self.last_seq,
            topic: emission.topic.into(),
            partition,
            incarnation: self.incarnation,
            dseq: *dseq,
            key,
            headers,
            value,
        });
        Ok(())
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

fn append(bytes: &mut Vec<u8>, part: &[u8]) -> std::ops::Range<usize> {
    let start = bytes.len();
    // Writing into a Vec cannot fail.
    let _ = bytes.write_all(part);
    start..bytes.len()
}
