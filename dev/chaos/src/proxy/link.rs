//! One connection through the proxy, and what is done to it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the service to the server.
    Up,
    /// From the server to the service.
    Down,
}

/// A fault of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectionFault {
    /// Both sides see it reset, at once.
    Reset,
    /// The next bytes that go this way arrive by half; then it is reset.
    CutIn(Way),
    /// One way is closed in order, and what comes there later is thrown away. The other stays open.
    HalfClose(Way),
    /// Nothing passes for a while; both sides see a silent peer.
    Stall(Duration),
    /// From the next BEGIN on, nothing passes for a while.
    StallAtBegin(Duration),
    /// Everything is late by so much, for a while.
    Delay(Duration, Duration),
    /// The next COMMIT does not reach the server, and the connection is reset.
    CutBeforeCommit,
    /// The next COMMIT reaches the server; its answer does not come back.
    CutAfterCommit,
}

/// What a pump has to do with the bytes at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Pass them on.
    Pass,
    /// Pass so many on, then reset the connection.
    Cut(usize),
    /// Pass them on, then reset the connection; an answer does not come through.
    LoseAnswer,
    /// Throw them away.
    Discard,
}

/// The control of one connection.
#[derive(Debug)]
pub(super) struct Link {
    orders: Mutex<Orders>,
    /// True once the connection is to be reset.
    reset: watch::Sender<bool>,
    /// Which ways are closed.
    closed: watch::Sender<[bool; 2]>,
    /// Whether it has ever committed.
    commits: AtomicBool,
}

#[derive(Debug, Default)]
struct Orders {
    cut: Option<Way>,
    stalled_until: Option<Instant>,
    late: Option<(Duration, Instant)>,
    at_begin: Option<Duration>,
    before_commit: bool,
    after_commit: bool,
    answer_lost: bool,
}

impl ConnectionFault {
    /// Whether it waits for a transaction.
    fn is_of_commits(self) -> bool {
        matches!(self, Self::CutBeforeCommit | Self::CutAfterCommit | Self::StallAtBegin(_))
    }
}

impl Default for Link {
    fn default() -> Self {
        let (reset, closed) = (watch::Sender::new(false), watch::Sender::new([false; 2]));
        Self { orders: Mutex::default(), reset, closed, commits: AtomicBool::new(false) }
    }
}

impl Link {
    /// Injects a fault.
    pub(super) fn inject(&self, fault: ConnectionFault) {
        let mut orders = self.orders();
        match fault {
            ConnectionFault::Reset => drop(self.reset.send_replace(true)),
            ConnectionFault::CutIn(way) => orders.cut = Some(way),
            ConnectionFault::HalfClose(way) => {
                self.closed.send_modify(|closed| closed[way as usize] = true);
            }
            ConnectionFault::Stall(time) => orders.stalled_until = Some(Instant::now() + time),
            ConnectionFault::StallAtBegin(time) => orders.at_begin = Some(time),
            ConnectionFault::Delay(by, time) => orders.late = Some((by, Instant::now() + time)),
            ConnectionFault::CutBeforeCommit => orders.before_commit = true,
            ConnectionFault::CutAfterCommit => orders.after_commit = true,
        }
    }

    /// Whether the fault can happen here: a connection that only reads never commits.
    pub(super) fn accepts(&self, fault: ConnectionFault) -> bool {
        !fault.is_of_commits() || self.commits.load(Ordering::Relaxed)
    }

    /// Ends what lasts, and what has not happened yet.
    pub(super) fn relieve(&self) {
        *self.orders() = Orders::default();
    }

    /// Done once the connection is to be reset.
    pub(super) async fn until_reset(&self) {
        // The sender lives as long as this borrow.
        let _ = self.reset.subscribe().wait_for(|reset| *reset).await;
    }

    /// Done once this way is closed.
    pub(super) async fn until_closed(&self, way: Way) {
        let _ = self.closed.subscribe().wait_for(|closed| closed[way as usize]).await;
    }

    /// Whether this way is closed.
    pub(super) fn is_closed(&self, way: Way) -> bool {
        self.closed.borrow()[way as usize]
    }

    /// A transaction begins.
    pub(super) fn begins(&self) {
        let mut orders = self.orders();
        if let Some(time) = orders.at_begin.take() {
            orders.stalled_until = Some(Instant::now() + time);
        }
    }

    /// Decides about bytes that go `way`; `commit` is where in them a COMMIT begins.
    pub(super) fn judge(&self, way: Way, length: usize, commit: Option<usize>) -> Verdict {
        let mut orders = self.orders();
        if self.is_closed(way) || (orders.answer_lost && way == Way::Down) {
            return Verdict::Discard;
        }
        if let Some(at) = commit {
            self.commits.store(true, Ordering::Relaxed);
            if orders.before_commit {
                return Verdict::Cut(at);
            }
            if orders.after_commit {
                orders.answer_lost = true;
                return Verdict::LoseAnswer;
            }
        }
        if orders.cut == Some(way) {
            return Verdict::Cut(length / 2);
        }
        Verdict::Pass
    }

    /// How long bytes have to wait now.
    pub(super) fn wait(&self) -> Duration {
        let now = Instant::now();
        let orders = self.orders();
        let stalled =
            orders.stalled_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let late = orders.late.filter(|(_, until)| *until > now).map_or(Duration::ZERO, |(by, _)| by);
        stalled.max(late)
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        // Each change is one assignment, so a panic elsewhere leaves it sound.
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
