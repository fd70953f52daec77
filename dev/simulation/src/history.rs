//! What was committed, as seen from the databases' side of the connection.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::record::TopicPartition;
use saga_runtime::store::{Held, Place, ShardId, ShardState, Writes};

use crate::saga::Saga;

/// Identifies a message: `<service>/<shard>`, incarnation, topic, partition, number.
pub(crate) type MessageId = (String, i64, String, i32, i64);

/// A service, and where it read a message.
pub(crate) type MessagePlace = (&'static str, TopicPartition, i64);

/// What transactions have committed: for the audit, and to tell when a world has quiesced.
#[derive(Default)]
pub(crate) struct History {
    /// Every message that was ever stored in an outbox.
    pub messages: BTreeSet<MessageId>,
    /// The shards that exist, by service and number, with their names and next offsets.
    pub shards: BTreeMap<(&'static str, ShardId), (String, i64)>,
    /// The messages that are held back for an earlier one.
    pub held: BTreeSet<MessagePlace>,
    /// How often each message was dead-lettered, by service and offset.
    pub deaths: BTreeMap<MessagePlace, u64>,
    /// How often each of them was redriven.
    pub redrives: BTreeMap<MessagePlace, u64>,
}

impl History {
    /// A shard was taken over.
    pub(crate) fn owned(&mut self, service: &'static str, state: &ShardState) {
        self.shards.insert((service, state.id), (state.name.clone(), state.next_offset));
    }

    /// A transaction was committed.
    pub(crate) fn committed(&mut self, saga: &Saga, service: &'static str, writes: &Writes) {
        for shard in &writes.shards {
            if let Some((_, next_offset)) = self.shards.get_mut(&(service, shard.shard)) {
                *next_offset = shard.next_offset;
            }
        }
        for row in &writes.outbox.rows {
            let source = format!("{service}/{}", row.shard.0);
            let id = (source, row.incarnation, row.topic.to_string(), row.partition, row.dseq);
            self.messages.insert(id);
        }
        for row in &writes.released {
            self.held.remove(&held(saga, service, row));
        }
        self.held.extend(writes.held.iter().map(|row| held(saga, service, row)));
        for row in &writes.dead {
            *self.deaths.entry(located(saga, service, &row.place)).or_default() += 1;
        }
    }

    /// A dead letter was redriven.
    pub(crate) fn redriven(&mut self, saga: &Saga, service: &'static str, place: &Place) {
        *self.redrives.entry(located(saga, service, place)).or_default() += 1;
    }
}

fn held(saga: &Saga, service: &'static str, row: &Held) -> MessagePlace {
    (service, TopicPartition { topic: saga.topic(&row.topic), partition: row.partition }, row.offset)
}

/// Where a service read a message, with a `'static` topic name.
pub(crate) fn located(saga: &Saga, service: &'static str, place: &Place) -> MessagePlace {
    (service, TopicPartition { topic: saga.topic(&place.topic), partition: place.partition }, place.offset)
}
