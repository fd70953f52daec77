//! What the lanes do.

use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::SECONDS;
use crate::context::Tally;
use crate::store::StoreError;

/// The upper bounds of the histogram of batch sizes.
const SIZES: [f64; 11] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0];

/// Which lane a batch ran in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneKind {
    /// The lane of messages.
    Messages,
    /// The lane of writing requests.
    Requests,
    /// The lane of what is due.
    Timers,
}

/// The measurements of the lanes.
#[derive(Debug)]
pub struct LaneMetrics {
    sizes: [Histogram; 3],
    seconds: [Histogram; 3],
    rejections: Family<[(&'static str, &'static str); 1], Counter>,
    begun: Counter,
    ended: Family<[(&'static str, &'static str); 1], Counter>,
    take_overs: Counter,
    lost: Counter,
    slow_calls: Family<[(&'static str, &'static str); 1], Counter>,
    slow_seconds: Family<[(&'static str, &'static str); 1], Counter<f64, AtomicU64>>,
    locked: [Gauge; 3],
}

impl LaneMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let sizes = Family::<_, Histogram, _>::new_with_constructor(|| Histogram::new(SIZES));
        let seconds = Family::<_, Histogram, _>::new_with_constructor(|| Histogram::new(SECONDS));
        let locked = Family::<_, Gauge>::default();
        let lanes = [[("lane", "messages")], [("lane", "requests")], [("lane", "timers")]];
        let metrics = Self {
            sizes: lanes.map(|lane| sizes.get_or_create_owned(&lane)),
            seconds: lanes.map(|lane| seconds.get_or_create_owned(&lane)),
            rejections: Family::default(),
            begun: Counter::default(),
            ended: Family::default(),
            take_overs: Counter::default(),
            lost: Counter::default(),
            slow_calls: Family::default(),
            slow_seconds: Family::default(),
            locked: lanes.map(|lane| locked.get_or_create_owned(&lane)),
        };
        registry.register(
            "handler_slow_calls",
            "Calls of handlers that took 5 ms or longer",
            metrics.slow_calls.clone(),
        );
        registry.register(
            "handler_slow_seconds",
            "Time in calls of handlers that took 5 ms or longer",
            metrics.slow_seconds.clone(),
        );
        registry.register(
            "locked_rows",
            "Rows found locked by other transactions in the last minute",
            locked,
        );
        registry.register("batch_messages", "Messages, requests or timers per committed transaction", sizes);
        registry.register(
            "batch_duration_seconds",
            "Time from the start of a batch to its confirmed commit",
            seconds,
        );
        registry.register("rejections", "Business rejections", metrics.rejections.clone());
        registry.register("begun", "Requests that created a row and started a saga", metrics.begun.clone());
        registry.register("ended", "Rows that reached an end state", metrics.ended.clone());
        registry.register("take_overs", "Shards taken over", metrics.take_overs.clone());
        registry.register(
            "lost_comparisons",
            "Shards found to have a different owner or state than expected",
            metrics.lost.clone(),
        );
        metrics
    }

    /// A batch is committed.
    pub fn batch(&self, lane: LaneKind, messages: usize, began: Instant, tally: &Tally) {
        self.sizes[lane as usize].observe(messages as f64);
        self.seconds[lane as usize].observe(began.elapsed().as_secs_f64());
        for (step, count) in &tally.rejections {
            self.rejections.get_or_create(&[("step", *step)]).inc_by(*count);
        }
        self.begun.inc_by(tally.begun);
        for (outcome, count) in [("done", tally.done), ("failed", tally.failed)] {
            if count > 0 {
                self.ended.get_or_create(&[("outcome", outcome)]).inc_by(count);
            }
        }
    }

    /// So many calls of the handlers of `step` were slow, and took so long together.
    pub fn slow(&self, step: &'static str, calls: u32, took: Duration) {
        let label = [("step", step)];
        self.slow_calls.get_or_create(&label).inc_by(calls.into());
        self.slow_seconds.get_or_create(&label).inc_by(took.as_secs_f64());
    }

    /// So many rows are known to be locked by others.
    pub fn locked(&self, lane: LaneKind, rows: usize) {
        self.locked[lane as usize].set(i64::try_from(rows).unwrap_or(i64::MAX));
    }

    /// So many shards were taken over.
    pub fn took_over(&self, shards: usize) {
        self.take_overs.inc_by(shards as u64);
    }

    /// Something failed: counts it if shards turned out to have another owner.
    pub fn failed(&self, error: &StoreError) {
        if let StoreError::Fenced(shards) = error {
            self.lost(shards.len());
        }
    }

    /// So many shards turned out to have another owner.
    pub fn lost(&self, shards: usize) {
        self.lost.inc_by(shards as u64);
    }
}
