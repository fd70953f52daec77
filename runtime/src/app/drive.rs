//! Drives the lane: what the consumer brings goes through it, and whatever goes
//! wrong ends in taking over again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tracing::{info, warn};

use crate::breaks;
use crate::http::Health;
use crate::kafka::consumer::{ConsumerHandle, FromConsumer, ToConsumer};
use crate::lane::{Lane, Ran};
use crate::metrics::Metrics;
use crate::record::TopicPartition;
use crate::relay::RelayHandle;
use crate::service::Service;
use crate::store::{ShardId, Store, StoreError};

/// How often an idle owner looks whether it still is one, and lag tools are told.
const LOOK: Duration = Duration::from_secs(5);
/// With so many messages not yet on Kafka, nothing new is handled.
const MAX_BACKLOG: i64 = 100_000;

/// The task that gives a lane its messages, and makes it take over what it has to.
pub struct Driver<S: Service, D: Store> {
    lane: Lane<S, D>,
    consumer: ConsumerHandle,
    relay: RelayHandle,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    lost: mpsc::UnboundedReceiver<ShardId>,
    /// Partitions that are ours to take over.
    pending: BTreeSet<TopicPartition>,
    recovery: Recovery,
}

/// Whether and when the lane has to take over again.
struct Recovery {
    /// What it remembers may be wrong.
    broken: bool,
    failures: u32,
    next: Option<Instant>,
    /// Where the next jitter comes from.
    jitter: u64,
}

impl<S: Service, D: Store> Driver<S, D> {
    /// The driver of `lane`, which hears on `lost` of shards that its relay has lost.
    /// Every instance needs a `jitter` of its own.
    pub fn new(
        lane: Lane<S, D>,
        consumer: ConsumerHandle,
        relay: RelayHandle,
        health: Arc<Health>,
        metrics: Arc<Metrics>,
        lost: mpsc::UnboundedReceiver<ShardId>,
        jitter: u64,
    ) -> Self {
        let recovery = Recovery { broken: false, failures: 0, next: None, jitter };
        Self { lane, consumer, relay, health, metrics, lost, pending: BTreeSet::new(), recovery }
    }

    /// Runs until `stop` says so; the batch at hand is finished then.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*stop.borrow() {
            // Nothing is tried before the recovery, so a retry that is due by then must not wake it.
            let retry = if self.recovery.broken { None } else { self.lane.next_retry() };
            let wake = [self.recovery.next, retry].into_iter().flatten().min();
            // What is rarely ready comes first: it looks, and tells lag tools, under any load.
            tokio::select! {
                biased;
                _ = look.tick() => self.look().await,
                Some(_) = self.lost.recv() => self.recovery.breaks(),
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
                event = self.consumer.events.recv() => match event {
                    Some(event) => self.hear(event),
                    None => break,
                },
                _ = stop.changed() => {}
            }
            self.hear_all();
            self.recover().await;
            self.work(&stop).await;
        }
        self.consumer.stop().await;
    }

    fn hear_all(&mut self) {
        while let Ok(event) = self.consumer.events.try_recv() {
            self.hear(event);
        }
        while self.lost.try_recv().is_ok() {
            self.recovery.breaks();
        }
    }

    fn hear(&mut self, event: FromConsumer) {
        match event {
            FromConsumer::Assigned(partitions) => {
                info!(service = S::NAME, partitions = partitions.len(), "assigned");
                if partitions.is_empty() && self.pending.is_empty() {
                    // There are more instances than partitions: this one is a spare.
                    self.health.joined();
                }
                self.pending.extend(partitions);
                self.recovery.next.get_or_insert_with(Instant::now);
            }
            FromConsumer::Revoked(partitions) => {
                info!(service = S::NAME, partitions = partitions.len(), "revoked");
                self.pending.retain(|pending| !partitions.contains(pending));
                self.lane.revoke(&partitions);
            }
            FromConsumer::Records(records) => {
                for (from, record) in records {
                    self.lane.enqueue(from, record);
                }
            }
        }
    }

    /// Takes over what is pending, and everything again when something broke.
    async fn recover(&mut self) {
        if self.recovery.next.is_none_or(|next| next > Instant::now()) {
            return;
        }
        match self.try_recover().await {
            Ok(()) => self.recovery.succeeds(),
            Err(error) => {
                warn!(service = S::NAME, %error, "partitions cannot be taken over yet");
                self.recovery.breaks();
            }
        }
    }

    async fn try_recover(&mut self) -> Result<(), StoreError> {
        if self.recovery.broken {
            let starts = self.lane.reload().await?;
            self.start(starts);
        }
        let pending: Vec<_> = self.pending.iter().copied().collect();
        if !pending.is_empty() {
            let starts = self.lane.take_over(&pending).await?;
            self.start(starts);
            self.pending.clear();
            self.health.joined();
        }
        Ok(())
    }

    /// Tells the consumer where to read. The lane says it only once, so it must not be
    /// forgotten because of what fails afterwards.
    fn start(&self, starts: Vec<(TopicPartition, Option<i64>)>) {
        if !starts.is_empty() {
            self.consumer.send(ToConsumer::Start(starts));
        }
    }

    /// Handles what is queued, until there is nothing left to do now.
    async fn work(&mut self, stop: &watch::Receiver<bool>) {
        while !self.recovery.broken && !*stop.borrow() {
            if self.relay.backlog() > MAX_BACKLOG {
                tokio::time::sleep(Duration::from_millis(50)).await;
                return;
            }
            let ran = self.lane.run_batch(Instant::now()).await;
            self.consumer.took(self.lane.take_drained());
            match ran {
                Ok(Ran::Committed(_)) => self.hear_all(),
                Ok(Ran::Idle) => return,
                Err(StoreError::Fenced(_)) if breaks::off("give-up-when-fenced") => {
                    let owned: Vec<_> = self.lane.offsets().map(|(origin, _)| origin).collect();
                    self.lane.revoke(&owned);
                    return;
                }
                Err(error) => {
                    warn!(service = S::NAME, %error, "the lane takes its partitions over again");
                    self.metrics.lanes.failed(&error);
                    self.recovery.breaks();
                }
            }
        }
    }

    async fn look(&mut self) {
        if self.recovery.broken {
            return;
        }
        if let Err(error) = self.lane.verify().await {
            warn!(service = S::NAME, %error, "the lane takes its partitions over again");
            self.metrics.lanes.failed(&error);
            self.recovery.breaks();
        }
        self.lane.watch_held(Instant::now());
        let offsets: Vec<_> = self.lane.offsets().collect();
        if !offsets.is_empty() {
            self.consumer.send(ToConsumer::Commit(offsets));
        }
    }
}

impl Recovery {
    /// What the lane remembers may be wrong: take over again, later each time.
    fn breaks(&mut self) {
        self.broken = true;
        let wait = Duration::from_millis(50 << self.failures.min(7)).min(Duration::from_secs(5));
        // Two owners that fight must not do so in step. The high bits of this generator are the random ones.
        self.jitter = self.jitter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let jitter = Duration::from_millis(self.jitter >> 58);
        self.failures += 1;
        self.next = Some(Instant::now() + wait + jitter);
    }

    fn succeeds(&mut self) {
        (self.broken, self.failures, self.next) = (false, 0, None);
    }
}
