//! Drives the lane: feeds it what the consumer brings, and answers every failure
//! by taking over again.

mod absence;
mod recovery;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tracing::{info, warn};

use self::recovery::Recovery;
use super::running::StartError;
use super::stops::{Stop, Stops};
use crate::http::Health;
use crate::kafka::consumer::{ConsumerHandle, FromConsumer, ToConsumer};
use crate::kafka::survey::{Survey, Surveyor};
use crate::lane::{Flow, Lane, Phase, Ran};
use crate::metrics::Metrics;
use crate::mutation::{self, Mutation};
use crate::record::TopicPartition;
use crate::relay::RelayHandle;
use crate::repeats::Repeats;
use crate::service::Service;
use crate::store::{ShardId, Store, StoreError};
use crate::topology::Topology;

/// How often an idle owner checks whether it still is one, and offsets are committed to Kafka for lag tools.
const LOOK: Duration = Duration::from_secs(5);
/// With so many messages not yet on Kafka, nothing new is handled.
const MAX_BACKLOG: i64 = 100_000;

/// What the driver has of Kafka.
pub struct KafkaView {
    /// Brings the messages.
    pub consumer: ConsumerHandle,
    /// Asks about topics and logs.
    pub surveyor: Surveyor,
    /// What is known of the topics.
    pub topology: Arc<Topology>,
}

/// After what time lost messages are looked for again, when Kafka did not answer.
const SUSPECT: Duration = Duration::from_secs(1);

/// The task of a [`Lane`]: it passes on what the consumer brings, and decides when the lane takes over.
///
/// The group says which partitions are ours; whether we own them is decided by their shard rows alone.
/// So there is one answer to everything that can go wrong, be it a rebalance, a lost comparison, a relay
/// that lost its shard or a database that is away: take over again whatever is still assigned, later each
/// time. A driver that gave an assigned partition up after a lost comparison would stop it until the next
/// rebalance; two that retried without a growing, random wait would fight over it in step.
///
/// Partitions whose topic or log is not what the tables expect are stopped, and nothing is skipped to
/// get past that; see `docs/runtime.md`, "Ownership" and "What stops".
pub struct Driver<S: Service, D: Store> {
    lane: Lane<S, D>,
    relay: RelayHandle,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    lost: mpsc::UnboundedReceiver<ShardId>,
    kafka: KafkaView,
    /// Partitions that are ours to take over.
    pending: BTreeSet<TopicPartition>,
    stops: Stops,
    /// The next message of some partition is not in its log; not before is it looked for.
    suspect: Option<Instant>,
    /// The offsets of the group that a take-over has compared already: the same says nothing new.
    believed: BTreeMap<TopicPartition, i64>,
    /// The offsets that were committed to Kafka last.
    committed: BTreeMap<TopicPartition, i64>,
    recovery: Recovery,
    repeats: Repeats,
}

impl<S: Service, D: Store> Driver<S, D> {
    /// The driver of `lane`; `lost` reports shards that its relay has lost.
    /// Every instance needs a `jitter` of its own.
    pub fn new(
        lane: Lane<S, D>,
        kafka: KafkaView,
        relay: RelayHandle,
        health: Arc<Health>,
        metrics: Arc<Metrics>,
        lost: mpsc::UnboundedReceiver<ShardId>,
        jitter: u64,
    ) -> Self {
        Self {
            lane,
            relay,
            health,
            metrics,
            lost,
            kafka,
            pending: BTreeSet::new(),
            stops: Stops::default(),
            suspect: None,
            believed: BTreeMap::new(),
            committed: BTreeMap::new(),
            recovery: Recovery::new(jitter),
            repeats: Repeats::new(),
        }
    }

    /// Runs until `stop` is set; the current batch is finished first.
    ///
    /// # Errors
    /// [`StartError`] when the consumer has died.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<(), StartError> {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut changes = self.kafka.topology.changes();
        let activity = self.lane.activity();
        while !*stop.borrow() {
            mutation::panic_in("message lane");
            activity.enter(Phase::Idle);
            // Nothing is tried before the recovery, so a retry that is due by then must not wake it.
            let (retry, suspect) =
                if self.recovery.is_broken() { (None, None) } else { (self.lane.next_retry(), self.suspect) };
            let wake = [self.recovery.next(), retry, suspect].into_iter().flatten().min();
            // What is rarely ready comes first, so that it happens under any load.
            tokio::select! {
                biased;
                _ = look.tick() => self.look().await,
                Some(_) = self.lost.recv() => self.recovery.breaks(Instant::now()),
                Ok(()) = changes.changed() => self.follow_topics(),
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
                event = self.kafka.consumer.events.recv() => match event {
                    Some(event) => self.hear(event),
                    None => return Err(StartError::Broken(self.kafka.consumer.cause_of_death().await)),
                },
                _ = stop.changed() => {}
            }
            self.hear_all();
            self.recover().await;
            self.look_for_lost().await;
            activity.waits(self.lane.has_work());
            self.work(&stop).await;
            activity.waits(self.lane.has_work());
        }
        self.kafka.consumer.stop().await;
        Ok(())
    }

    fn hear_all(&mut self) {
        while let Ok(event) = self.kafka.consumer.events.try_recv() {
            self.hear(event);
        }
        while self.lost.try_recv().is_ok() {
            self.recovery.breaks(Instant::now());
        }
    }

    fn hear(&mut self, event: FromConsumer) {
        match event {
            FromConsumer::Assigned(partitions) => {
                info!(service = S::NAME, partitions = partitions.len(), "partitions assigned");
                if partitions.is_empty() && self.pending.is_empty() {
                    // There are more instances than partitions: this one is a spare.
                    self.health.joined();
                }
                self.pending.extend(partitions);
                self.recovery.wanted(Instant::now());
            }
            FromConsumer::Revoked(partitions) => {
                info!(service = S::NAME, partitions = partitions.len(), "partitions revoked");
                self.pending.retain(|pending| !partitions.contains(pending));
                self.health.revoked();
                self.give_up(&partitions);
            }
            FromConsumer::OutOfRange => {
                self.suspect.get_or_insert_with(Instant::now);
            }
            FromConsumer::Stopped(places) => self.health.unread(places),
            FromConsumer::Records(records) => {
                for (from, record) in records {
                    self.lane.enqueue(from, record);
                }
            }
        }
    }

    /// Takes over what is pending, and everything again when something broke.
    async fn recover(&mut self) {
        if self.recovery.next().is_none_or(|next| next > Instant::now()) {
            return;
        }
        if self.recovery.is_absent() {
            return self.look_whether_to_return().await;
        }
        let began = Instant::now();
        self.lane.activity().enter(Phase::TakingOver);
        match self.try_recover().await {
            Ok(()) => self.recovery.succeeds(),
            Err(error) => {
                if let Some(repeated) = self.repeats.due(&error.to_string()) {
                    warn!(service = S::NAME, %error, repeated, "cannot take over partitions yet; retrying");
                }
                self.lane.activity().failed(error.to_string());
                self.recovery.fails(began, Instant::now());
                if self.recovery.is_hopeless(Instant::now()) {
                    self.leave(&error);
                }
            }
        }
    }

    /// Forgets partitions that are for other instances.
    fn give_up(&mut self, partitions: &[TopicPartition]) {
        self.stops.forget(partitions);
        self.committed.retain(|origin, _| !partitions.contains(origin));
        self.publish_stops();
        self.lane.revoke(partitions);
    }

    async fn try_recover(&mut self) -> Result<(), StoreError> {
        let owned: Vec<_> = if self.recovery.is_broken() { self.lane.owned().collect() } else { Vec::new() };
        let pending: Vec<_> = self.pending.iter().copied().collect();
        // Asked before the rows are read: they only advance, so they are behind it only after a restore.
        let survey = self.kafka.surveyor.survey(&[owned.as_slice(), &pending].concat()).await;
        self.kafka.topology.find(&survey.topics);
        let committed = self.news(&survey);
        if self.recovery.is_broken() {
            let starts = self.lane.reload(&committed).await?;
            let starts = self.may_start(&owned, starts, &survey);
            if !starts.is_empty() {
                self.kafka.consumer.send(ToConsumer::Start(starts));
            }
        }
        if !pending.is_empty() {
            let starts = self.lane.take_over(&pending, &committed).await?;
            let starts = self.may_start(&pending, starts, &survey);
            // Also when there is none: the group waits for an answer.
            self.kafka.consumer.send(ToConsumer::Start(starts));
            self.pending.clear();
            self.health.joined();
        }
        self.believed.extend(committed);
        Ok(())
    }

    /// What was committed to Kafka, where it has not been believed already.
    fn news(&self, survey: &Survey) -> BTreeMap<TopicPartition, i64> {
        let is_new = |(origin, next): &(&TopicPartition, &i64)| self.believed.get(*origin) != Some(next);
        survey.committed.iter().filter(is_new).map(|(origin, next)| (*origin, *next)).collect()
    }

    /// Where to read those of `owned` that may go on. The lane returns it only once, so it must
    /// be sent to the consumer before anything else can fail.
    fn may_start(
        &mut self,
        owned: &[TopicPartition],
        mut starts: Vec<(TopicPartition, Option<i64>)>,
        survey: &Survey,
    ) -> Vec<(TopicPartition, Option<i64>)> {
        self.judge(owned, survey);
        starts.retain(|(origin, _)| !self.stops.contains(*origin));
        starts
    }

    /// Stops those of `owned` whose logs are not what the tables expect, and lets the others go on.
    fn judge(&mut self, owned: &[TopicPartition], survey: &Survey) {
        let next: BTreeMap<_, _> = self.lane.offsets().collect();
        for origin in owned {
            let next = next.get(origin).copied();
            let stop =
                Stop::of(*origin, next, survey, &self.kafka.topology).or_else(|| self.too_much(*origin));
            self.stop(*origin, stop);
        }
        self.publish_stops();
    }

    fn too_much(&self, origin: TopicPartition) -> Option<Stop> {
        self.overfull().find(|(full, _)| *full == origin).map(|(_, stop)| stop)
    }

    /// The partitions of which too much is held back or parked to read on.
    fn overfull(&self) -> impl Iterator<Item = (TopicPartition, Stop)> {
        let crowded = self.lane.crowded();
        let crowded = crowded.map(|(origin, messages, bytes)| (origin, Stop::Crowded { messages, bytes }));
        let overflowing = self.lane.overflowing();
        crowded.chain(overflowing.map(|(origin, keys)| (origin, Stop::Overflowing { keys })))
    }

    fn stop(&mut self, origin: TopicPartition, stop: Option<Stop>) {
        if let Some(stop) = stop {
            let flow = if matches!(stop, Stop::Overflowing { .. }) { Flow::Full } else { Flow::Stopped };
            self.lane.bar(origin, flow);
            self.kafka.consumer.send(ToConsumer::Halt(vec![origin]));
        }
        self.stops.set(S::NAME, origin, stop);
    }

    fn publish_stops(&self) {
        self.health.stopped(self.stops.advice(S::NAME));
    }

    /// Stops what is read from topics that have changed. What stopped because of one that is as it
    /// was is taken over again.
    fn follow_topics(&mut self) {
        let owned: Vec<_> = self.lane.owned().collect();
        for origin in owned {
            if let Some(change) = self.kafka.topology.change(origin.topic) {
                self.stop(origin, Some(Stop::Changed(change)));
            }
        }
        let resolved = |origin: TopicPartition| self.kafka.topology.change(origin.topic).is_none();
        if self.stops.changed().any(resolved) {
            self.recovery.breaks(Instant::now());
        }
        self.publish_stops();
    }

    /// Finds the partitions whose next message is not in the log. The consumer has ended reading one,
    /// and does not say which: what is not among them is read again.
    async fn look_for_lost(&mut self) {
        if self.recovery.is_broken() || self.suspect.is_none_or(|at| at > Instant::now()) {
            return;
        }
        let owned: Vec<_> = self.lane.owned().filter(|origin| !self.stops.contains(*origin)).collect();
        let survey = self.kafka.surveyor.survey(&owned).await;
        self.kafka.topology.find(&survey.topics);
        if owned.iter().any(|origin| !survey.logs.contains_key(origin)) {
            self.suspect = Some(Instant::now() + SUSPECT);
            return;
        }
        self.suspect = None;
        self.judge(&owned, &survey);
        let starts = self.lane.positions().collect();
        self.kafka.consumer.send(ToConsumer::Start(starts));
    }

    /// Handles what is queued, until there is nothing left to do now.
    async fn work(&mut self, stop: &watch::Receiver<bool>) {
        while !self.recovery.is_broken() && !*stop.borrow() {
            if self.relay.backlog() > MAX_BACKLOG {
                tokio::time::sleep(Duration::from_millis(50)).await;
                return;
            }
            let ran = self.lane.run_batch(Instant::now()).await;
            self.kafka.consumer.took(self.lane.take_drained());
            match ran {
                Ok(Ran::Committed(_)) => {
                    self.lane.activity().committed();
                    self.hear_all();
                    self.stop_overfull();
                }
                Ok(Ran::Idle) => return,
                Err(StoreError::Fenced(_)) if mutation::active(Mutation::GiveUpWhenFenced) => {
                    let owned: Vec<_> = self.lane.offsets().map(|(origin, _)| origin).collect();
                    self.lane.revoke(&owned);
                    return;
                }
                Err(error) => {
                    self.failed(&error);
                    self.lane.activity().failed(error.to_string());
                    self.recovery.breaks(Instant::now());
                }
            }
        }
    }

    /// Counts an error of the lane, and logs it. One that lasts comes back with every take-over.
    fn failed(&self, error: &StoreError) {
        if let Some(repeated) = self.repeats.due(&error.to_string()) {
            warn!(service = S::NAME, %error, repeated, "the message lane failed; reclaiming its partitions");
        }
        self.metrics.lanes.failed(error);
    }

    /// Stops the partitions of which too much waits, and lets those go on that have room again.
    fn stop_overfull(&mut self) {
        let overfull: Vec<_> = self.overfull().filter(|(origin, _)| !self.stops.contains(*origin)).collect();
        let roomy: Vec<_> = self.lane.roomy().collect();
        if overfull.is_empty() && roomy.is_empty() {
            return;
        }
        for (origin, stop) in overfull {
            self.stop(origin, Some(stop));
        }
        for origin in &roomy {
            self.stop(*origin, None);
        }
        let starts: Vec<_> = roomy.into_iter().filter_map(|origin| self.lane.let_on(origin)).collect();
        if !starts.is_empty() {
            self.kafka.consumer.send(ToConsumer::Start(starts));
        }
        self.publish_stops();
    }

    async fn look(&mut self) {
        if self.recovery.is_broken() {
            return;
        }
        if let Err(error) = self.lane.verify().await {
            self.failed(&error);
            self.recovery.breaks(Instant::now());
        }
        self.lane.watch_held(Instant::now());
        // Not of a topic that was recreated: its offsets mean something else.
        let is_news = |(origin, next): &(TopicPartition, i64)| {
            !self.stops.contains(*origin) && self.committed.get(origin) != Some(next)
        };
        let offsets: Vec<_> = self.lane.offsets().filter(is_news).collect();
        if !offsets.is_empty() {
            self.committed.extend(offsets.iter().copied());
            self.kafka.consumer.send(ToConsumer::Commit(offsets));
        }
    }
}
