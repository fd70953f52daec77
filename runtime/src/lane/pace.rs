//! How long handlers take, and how many messages or requests a transaction takes on because of that.
//!
//! A transaction that is open for too long is ended by the database, and everything that needs its rows
//! waits meanwhile. So one whose handlers outlast their time is rolled back and run again with fewer.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::activity::Activity;
use crate::outcome::Fault;
use crate::protocol::batch::{Pace, Watch};
use crate::record::Record;

/// A call that takes as long is reported in the metrics.
const SLOW: Duration = Duration::from_millis(5);

/// How long handlers may take; well below `idle_in_transaction_session_timeout`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// All those of a transaction, before it is run again with fewer. Half of it is aimed at.
    pub batch: Duration,
    /// A single one, before what it handles is taken for the cause.
    pub call: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { batch: Duration::from_secs(2), call: Duration::from_secs(5) }
    }
}

/// How many messages or requests the next transaction may have.
#[derive(Debug)]
pub(super) struct Limit {
    most: usize,
    now: usize,
}

impl Limit {
    pub(super) fn new(most: usize) -> Self {
        Self { most, now: most }
    }

    pub(super) fn get(&self) -> usize {
        self.now
    }

    /// The time was up after so many.
    pub(super) fn outlasted(&mut self, handled: usize) {
        self.now = (handled / 2).max(1);
    }

    /// A transaction of so many is committed, and its handlers took so long: the next may be larger, if it
    /// is likely to take no longer than it should.
    pub(super) fn committed(&mut self, size: usize, took: Duration, bounds: Bounds) {
        let grown = self.now.max(size).saturating_mul(2).min(self.most);
        let aim = bounds.batch / 2;
        let fits = if took * 2 <= aim {
            self.most
        } else {
            usize::try_from(size as u128 * aim.as_nanos() / took.as_nanos()).unwrap_or(self.most)
        };
        self.now = grown.min(fits).max(1);
    }
}

/// Times the handlers of one transaction.
#[derive(Debug)]
pub(super) struct Stopwatch {
    bounds: Bounds,
    activity: Arc<Activity>,
    began: Instant,
    last: Instant,
    /// The steps with slow calls: how many, and how long they took together.
    pub slow: Vec<(&'static str, u32, Duration)>,
    /// Whether a bound was passed.
    pub late: bool,
}

impl Stopwatch {
    /// Starts.
    pub(super) fn new(bounds: Bounds, activity: Arc<Activity>) -> Self {
        let now = Instant::now();
        Self { bounds, activity, began: now, last: now, slow: Vec::new(), late: false }
    }

    /// How long the handlers took together.
    pub(super) fn took(&self) -> Duration {
        self.last - self.began
    }

    fn slow(&mut self, step: &'static str, took: Duration) {
        match self.slow.iter_mut().find(|(known, ..)| *known == step) {
            Some((_, calls, sum)) => (*calls, *sum) = (*calls + 1, *sum + took),
            None => self.slow.push((step, 1, took)),
        }
    }
}

impl Watch for Stopwatch {
    fn begins(&mut self, record: &Record) {
        self.activity.handles(record.origin, record.offset);
    }

    fn handled(&mut self, step: Option<&'static str>) -> Pace {
        let now = Instant::now();
        let took = now - self.last;
        self.last = now;
        let step = step.unwrap_or("a request");
        if took >= SLOW {
            self.slow(step, took);
        }
        if took > self.bounds.call {
            self.late = true;
            let (millis, limit) = (took.as_millis(), self.bounds.call.as_millis());
            return Pace::TooSlow(Fault::TooSlow { step, millis, limit });
        }
        if self.took() > self.bounds.batch {
            self.late = true;
            return Pace::Outlasted;
        }
        Pace::InTime
    }
}

/// Runs what asks the handlers where it holds up nothing but its lane: meanwhile another thread runs the
/// executor's other tasks, those that answer `/livez` among them. The simulation has one thread.
pub(super) fn apart<T>(decide: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(decide),
        _ => decide(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_shrinks_to_what_fits_and_grows_again() {
        let bounds = Bounds::default();
        let mut limit = Limit::new(2_000);
        limit.outlasted(80);
        assert_eq!(limit.get(), 40);
        limit.committed(40, bounds.batch / 2, bounds);
        assert_eq!(limit.get(), 40, "it takes as long as it should");
        limit.committed(40, bounds.batch * 2 / 5, bounds);
        assert_eq!(limit.get(), 50);
        limit.outlasted(1);
        assert_eq!(limit.get(), 1, "a single message is a batch");
        for _ in 0..11 {
            limit.committed(1, Duration::ZERO, bounds);
        }
        assert_eq!(limit.get(), 2_000);
    }
}
