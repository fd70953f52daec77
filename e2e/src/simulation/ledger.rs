//! What was committed, as seen from the databases' side of the connection.

use std::collections::{BTreeMap, BTreeSet};

use runtime::store::{ShardId, ShardState, Writes};

/// Identifies a message: `<service>/<shard>`, incarnation, topic, partition, number.
pub type MessageId = (String, i64, String, i32, i64);

/// What transactions have committed, for the auditor and to see when all is done.
#[derive(Default)]
pub struct Ledger {
    /// Every message that was ever stored in an outbox.
    pub messages: BTreeSet<MessageId>,
    /// The shards that exist, by service and number, with their names and next offsets.
    pub shards: BTreeMap<(&'static str, ShardId), (String, i64)>,
}

impl Ledger {
    /// A shard was taken over.
    pub fn owned(&mut self, service: &'static str, state: &ShardState) {
        self.shards.insert((service, state.id), (state.name.clone(), state.next_offset));
    }

    /// A transaction was committed.
    pub fn committed(&mut self, service: &'static str, writes: &Writes) {
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
    }
}
