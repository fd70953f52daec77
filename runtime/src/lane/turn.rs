//! A shard's part in a transaction.

use tracing::warn;

use crate::mutation::{self, Mutation};
use crate::protocol::numbering::{Copied, Sender, Sequence};
use crate::protocol::parking::dead_letter;
use crate::record::Record;
use crate::store::{FailureInfo, Fence, ShardMove, StoreError, Writes};

/// One shard's part in a transaction.
pub(super) struct ShardTurn<'s> {
    pub(super) fence: Fence,
    pub(super) before: &'s Sequence,
    /// The numbers after the transaction.
    pub sequence: Sequence,
    /// The next offset after it.
    pub next_offset: i64,
    /// How many messages it applies.
    pub applied: i64,
    /// How many duplicates it drops.
    pub dropped: i64,
}

impl<'s> ShardTurn<'s> {
    /// The turn of a shard that its owner remembers like this.
    pub(super) fn new(fence: Fence, sequence: &'s Sequence) -> Self {
        let next_offset = fence.next_offset;
        Self { fence, before: sequence, sequence: sequence.clone(), next_offset, applied: 0, dropped: 0 }
    }

    /// Gives a message up: it is a dead letter, and a copy of it is published.
    pub(super) fn give_up(
        &mut self,
        record: &Record,
        failure: &FailureInfo,
        writes: &mut Writes,
        sender: Sender<'_>,
    ) -> Result<(), StoreError> {
        let copied = self
            .sequence
            .push_copy(record, failure, sender, &mut writes.outbox)
            .map_err(|fault| StoreError::Refused(fault.to_string()))?;
        if copied != Copied::Whole {
            report_cut(sender.service, record, copied);
        }
        if !mutation::active(Mutation::DeadDropped) {
            writes.dead.push(dead_letter(record, failure));
        }
        Ok(())
    }

    pub(super) fn moved(&self) -> ShardMove {
        ShardMove {
            shard: self.fence.shard,
            next_offset: self.next_offset,
            last_seq: self.sequence.last_seq,
            applied: self.applied,
            dropped: self.dropped,
        }
    }
}

/// Says what the copy of a dead letter lacks.
fn report_cut(service: &str, record: &Record, copied: Copied) {
    let (origin, offset, bytes) = (record.origin, record.offset, record.size());
    let what = if copied == Copied::Nothing { "is NOT COPIED" } else { "is copied WITHOUT ITS HEADERS" };
    warn!(service, %origin, offset, bytes, "a dead letter {what} to the topic of dead letters, which does not take so \
        much; `{service} ops show` has all of it");
}
