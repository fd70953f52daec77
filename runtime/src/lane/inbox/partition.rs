//! One input partition of a lane: its queue, and whether it goes on.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use tracing::error;

use crate::lane::transaction::ShardTurn;
use crate::metrics::InputMetrics;
use crate::protocol::admission::{Admission, InputShard};
use crate::protocol::numbering::Sequence;
use crate::record::{Record, TopicPartition};
use crate::store::{Fence, Queue};

/// With so many keys parked, a partition reads nothing new: the cause is not in the messages.
const MAX_PARKED: usize = 10_000;
/// With so few left, it goes on.
const FEW_PARKED: usize = MAX_PARKED / 2;
/// After how long a message that waits for an earlier one is an alarm.
const HELD_TOO_LONG: Duration = Duration::from_secs(60);

/// An input partition this lane owns.
pub(super) struct Partition {
    pub input: InputShard,
    pub sequence: Sequence,
    /// The keys whose messages are parked, and when the first of each is tried.
    pub parked: BTreeMap<Queue, Instant>,
    pub queue: VecDeque<Record>,
    /// Everything before this offset is queued or done; negative before the first message.
    pub fetched: i64,
    pub flow: Flow,
    /// Since when messages have waited for an earlier one of their source, or were last reported to.
    pub held_since: Option<Instant>,
    /// Whether its messages run each step once per saga instance, though they have numbers.
    pub run_once: bool,
    /// Its shard's row is locked by another transaction: when to try again.
    pub locked_until: Option<Instant>,
    pub metrics: InputMetrics,
}

/// Whether a partition goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    /// It does.
    Running,
    /// Nothing new of it is read or handled; parked messages are tried.
    Full,
    /// Nothing of it is read or handled.
    Stopped,
}

/// The name of an input partition's shard.
pub(super) fn shard_name(origin: TopicPartition) -> String {
    format!("in:{}:{}", origin.topic, origin.partition)
}

impl Partition {
    /// What becomes of the first messages of its queue, which is contiguous.
    pub(super) fn admit(&self, messages: usize) -> Admission<'_> {
        self.input.admit(&self.queue.as_slices().0[..messages])
    }

    /// Its part in a transaction.
    pub(super) fn turn(&self) -> ShardTurn<'_> {
        ShardTurn::new(self.fence(), &self.sequence)
    }

    pub(super) fn fence(&self) -> Fence {
        Fence {
            shard: self.input.shard,
            token: self.input.token,
            next_offset: self.input.next_offset,
            last_seq: self.sequence.last_seq,
        }
    }

    /// Whether there is something to handle.
    pub(super) fn has_work(&self) -> bool {
        !self.queue.is_empty() && self.flow == Flow::Running
    }

    /// Whether there is something to handle, and nothing against it.
    pub(super) fn is_ready(&self, now: Instant) -> bool {
        self.has_work() && !self.is_locked(now)
    }

    /// Whether another transaction was found to hold its shard's row, a short while ago.
    pub(super) fn is_locked(&self, now: Instant) -> bool {
        self.locked_until.is_some_and(|until| until > now)
    }

    /// How many keys are parked, when that is too much to read on.
    pub(super) fn overflow(&self) -> Option<usize> {
        (self.parked.len() >= MAX_PARKED).then_some(self.parked.len())
    }

    /// Whether it read nothing new because too much was parked, and can go on.
    pub(super) fn has_room_again(&self) -> bool {
        self.flow == Flow::Full && self.parked.len() <= FEW_PARKED
    }

    /// Updates the metrics of where it stands.
    pub(super) fn update_metrics(&self) {
        self.metrics.stands(self.input.next_offset, self.input.held(), self.parked.len());
    }

    /// Raises the alarm when messages wait too long for an earlier one: Kafka may have lost it.
    pub(super) fn watch_held(&mut self, service: &str, now: Instant) {
        let waiting = self.input.held();
        if waiting == 0 {
            self.held_since = None;
        } else if now.duration_since(*self.held_since.get_or_insert(now)) >= HELD_TOO_LONG {
            self.held_since = Some(now);
            error!(service, origin = %self.input.origin, waiting,
                "messages are held back: an earlier one of their source is missing");
        }
    }
}
