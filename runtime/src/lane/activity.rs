//! What a lane is doing, for a watchdog on another thread.

use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::record::TopicPartition;

/// What a lane can be doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// It waits for messages, requests or time.
    Idle,
    /// It takes shards over.
    TakingOver,
    /// It locks its shard rows.
    Beginning,
    /// It locks and loads the rows of the batch.
    Loading,
    /// The handlers decide.
    Deciding,
    /// It writes what was decided.
    Writing,
    /// It commits.
    Committing,
}

const PHASES: [Phase; 7] = [
    Phase::Idle,
    Phase::TakingOver,
    Phase::Beginning,
    Phase::Loading,
    Phase::Deciding,
    Phase::Writing,
    Phase::Committing,
];

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Idle => "the lane waits",
            Phase::TakingOver => "shards are taken over",
            Phase::Beginning => "the shard rows are being locked",
            Phase::Loading => "rows are being locked and loaded",
            Phase::Deciding => "a handler is running",
            Phase::Writing => "rows are being written",
            Phase::Committing => "the transaction is being committed",
        })
    }
}

/// What a lane is doing, and since when. Written by the lane, a few times a batch; read once a second.
#[derive(Debug)]
pub struct Activity {
    origin: Instant,
    phase: AtomicU8,
    /// In milliseconds since `origin`, like all times here.
    since: AtomicU64,
    /// When the last transaction was committed.
    committed: AtomicU64,
    /// Since when messages have been waiting to be handled; 0 if none are.
    waiting: AtomicU64,
    /// The message whose handlers decide.
    message: Mutex<Option<(TopicPartition, i64)>>,
    /// Why the last attempt failed; none after a success.
    failure: Mutex<Option<String>>,
}

/// What a lane was doing when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What it does.
    pub phase: Phase,
    /// For how long.
    pub lasts: Duration,
    /// The message whose handlers decide, if they do, and it is one.
    pub message: Option<(TopicPartition, i64)>,
    /// For how long messages have waited, and none was committed; none if none wait.
    pub stands: Option<Duration>,
    /// Why the last attempt failed.
    pub failure: Option<String>,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            origin: Instant::now(),
            phase: AtomicU8::new(Phase::Idle as u8),
            since: AtomicU64::default(),
            committed: AtomicU64::default(),
            waiting: AtomicU64::default(),
            message: Mutex::default(),
            failure: Mutex::default(),
        }
    }
}

impl Activity {
    /// A lane that began this phase some time ago, and has not ended it.
    #[cfg(test)]
    pub(crate) fn that_began(phase: Phase, ago: Duration) -> Self {
        let origin = Instant::now().checked_sub(ago).expect("the machine has been up for longer");
        Self { origin, phase: AtomicU8::new(phase as u8), ..Self::default() }
    }

    /// The lane begins something else, or the same once more.
    pub fn enter(&self, phase: Phase) {
        *self.message.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.phase.store(phase as u8, Ordering::Relaxed);
        self.since.store(self.now(), Ordering::Relaxed);
    }

    /// The handlers of this message decide.
    pub fn handles(&self, origin: TopicPartition, offset: i64) {
        *self.message.lock().unwrap_or_else(PoisonError::into_inner) = Some((origin, offset));
        self.since.store(self.now(), Ordering::Relaxed);
    }

    /// A transaction is committed.
    pub fn committed(&self) {
        self.committed.store(self.now(), Ordering::Relaxed);
        self.succeeded();
    }

    /// What failed before does not fail any more.
    pub fn succeeded(&self) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// An attempt failed.
    pub fn failed(&self, reason: String) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
    }

    /// Whether messages wait that could be handled now. If none do, a failure is of no more account.
    pub fn waits(&self, waits: bool) {
        let since = self.waiting.load(Ordering::Relaxed);
        if !waits {
            self.succeeded();
            self.waiting.store(0, Ordering::Relaxed);
        } else if since == 0 {
            self.waiting.store(self.now().max(1), Ordering::Relaxed);
        }
    }

    /// What it is doing.
    pub fn look(&self) -> Look {
        let now = self.now();
        let [since, committed, waiting] =
            [&self.since, &self.committed, &self.waiting].map(|at| at.load(Ordering::Relaxed));
        let phase = PHASES[usize::from(self.phase.load(Ordering::Relaxed)) % PHASES.len()];
        let ago = |at: u64| Duration::from_millis(now.saturating_sub(at));
        Look {
            phase,
            lasts: ago(since),
            message: *self.message.lock().unwrap_or_else(PoisonError::into_inner),
            stands: (waiting > 0).then(|| ago(waiting.max(committed))),
            failure: self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_read_as_it_was_written() {
        let activity = Activity::default();
        for phase in PHASES {
            activity.enter(phase);
            assert_eq!(activity.look().phase, phase);
        }
        let origin = TopicPartition { topic: "t", partition: 3 };
        activity.enter(Phase::Deciding);
        activity.handles(origin, 17);
        assert_eq!(activity.look().message, Some((origin, 17)));
        activity.enter(Phase::Writing);
        assert_eq!(activity.look().message, None, "its handlers are done");
    }

    #[test]
    fn a_lane_stands_while_messages_wait_and_none_is_committed() {
        let activity = Activity::default();
        assert_eq!(activity.look().stands, None);
        activity.waits(true);
        std::thread::sleep(Duration::from_millis(30));
        activity.waits(true);
        assert!(activity.look().stands >= Some(Duration::from_millis(20)));
        activity.failed("no such table".into());
        assert_eq!(activity.look().failure.as_deref(), Some("no such table"));
        activity.committed();
        let look = activity.look();
        assert!(look.stands < Some(Duration::from_millis(20)) && look.failure.is_none(), "{look:?}");
        activity.waits(false);
        assert_eq!(activity.look().stands, None);
    }
}
