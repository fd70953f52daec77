//! One input partition of a lane: its queue, and whether it goes on.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{error, warn};

use crate::context::Fault;
use crate::core::admit::InputShard;
use crate::core::batch::Stuck;
use crate::core::sequence::Sequence;
use crate::metrics::InputMetrics;
use crate::record::{Record, TopicPartition};
use crate::store::Fence;

/// How often a message that fails is tried before its partition stops.
const ATTEMPTS: u32 = 10;
/// After how long a message that waits for an earlier one is an alarm.
const HELD_TOO_LONG: Duration = Duration::from_secs(60);

/// An input partition this lane owns.
pub(super) struct Part {
    pub input: InputShard,
    pub sequence: Sequence,
    pub queue: VecDeque<Record>,
    /// Everything before this offset is queued or done; negative before the first message.
    pub fetched: i64,
    pub flow: Flow,
    /// Since when messages have waited for an earlier one of their source, or were last reported to.
    pub held_since: Option<Instant>,
    pub metrics: InputMetrics,
}

/// Whether a partition goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    /// It does.
    Running,
    /// Its next message failed, and is tried again.
    Waiting {
        /// How often it was tried.
        attempts: u32,
        /// When it is tried next.
        until: Instant,
    },
    /// Its next message cannot be handled. Nothing behind it is touched.
    Stopped(Fault),
}

/// The name of an input partition's shard.
pub(super) fn shard_name(origin: TopicPartition) -> String {
    format!("in:{}:{}", origin.topic, origin.partition)
}

impl Part {
    pub fn fence(&self) -> Fence {
        Fence {
            shard: self.input.shard,
            token: self.input.token,
            next_offset: self.input.next_offset,
            last_seq: self.sequence.last_seq,
        }
    }

    pub fn is_ready(&self, now: Instant) -> bool {
        !self.queue.is_empty()
            && match self.flow {
                Flow::Running => true,
                Flow::Waiting { until, .. } => until <= now,
                Flow::Stopped(_) => false,
            }
    }

    /// Raises the alarm when messages wait too long for an earlier one: Kafka may have lost it.
    pub fn watch_held(&mut self, service: &str, now: Instant) {
        let waiting = self.input.held();
        if waiting == 0 {
            self.held_since = None;
        } else if now.duration_since(*self.held_since.get_or_insert(now)) >= HELD_TOO_LONG {
            self.held_since = Some(now);
            error!(service, origin = %self.input.origin, waiting,
                "messages wait for an earlier one of their source, which does not come");
        }
    }

    /// Its next message failed: it waits longer each time, and stops in the end.
    pub fn fail(&mut self, service: &str, origin: TopicPartition, stuck: Stuck, now: Instant) {
        let Stuck { offset, fault, .. } = stuck;
        let attempts = match self.flow {
            Flow::Waiting { attempts, .. } => attempts + 1,
            Flow::Running | Flow::Stopped(_) => 1,
        };
        let hopeless = matches!(fault, Fault::Undecodable(_));
        if hopeless || attempts >= ATTEMPTS {
            error!(service, %origin, offset, attempts, %fault,
                "the partition STOPPED: this message cannot be handled, and none behind it is touched. \
                 Mend the cause and start the service again; it goes on with this message");
            self.flow = Flow::Stopped(fault);
        } else {
            let until = now + backoff(attempts);
            warn!(service, %origin, offset, attempts, %fault, "a message failed, and is tried again");
            self.flow = Flow::Waiting { attempts, until };
        }
    }
}

/// The wait before the next try: doubling from 100 ms to 30 s.
fn backoff(attempts: u32) -> Duration {
    Duration::from_millis(100 << attempts.clamp(1, 9)).min(Duration::from_secs(30))
}
