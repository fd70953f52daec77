//! The thread that polls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::mpsc;
use tracing::{error, info, warn};

use super::membership::Membership;
use super::stalls::Stalls;
use super::{FromConsumer, Identity, Names, Pulse, ToConsumer, pack, report};
use crate::mutation::{self, Mutation};
use crate::record::{Record, TopicPartition};
use crate::repeats::Repeats;

/// How much may be queued for the lane before the thread waits, in bytes.
const QUEUE_BYTES: usize = 4 << 20;
/// How long a full queue is waited for without polling.
const PATIENCE: Duration = Duration::from_secs(1);
/// The most messages handed over at a time.
const CHUNK: usize = 1_000;
/// How long one poll waits for a message.
const POLL: Duration = Duration::from_millis(10);
/// How long after a client that failed the next one is made, at least and at most.
const NEXT_CLIENT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// What is stopped when the group assigns nothing at all, beside topics and partitions.
const GROUP: &str = "group";
/// For how long an error explains why nothing arrives.
const RECENT: Duration = Duration::from_secs(60);
/// How long a member may be without an assignment. A rebalance takes seconds.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// A member of the group, as long as the lane wants to be one.
pub(super) struct Thread {
    identity: Identity,
    client: Option<BaseConsumer<Membership>>,
    /// When the next client is made; none while the lane stays out of the group.
    join_at: Option<Instant>,
    failures: u32,
    events: mpsc::UnboundedSender<FromConsumer>,
    orders: Receiver<ToConsumer>,
    queued: Arc<AtomicUsize>,
    pulse: Pulse,
    /// The next offset of each partition that is read: up to here everything was handed over.
    positions: BTreeMap<TopicPartition, i64>,
    paused: bool,
    repeats: Repeats,
    stalls: Stalls,
    /// Why the group assigns nothing, until it does: the clients that are tried meanwhile change nothing in it.
    unassigned: Option<String>,
    /// What the lane knows to be stopped.
    stopped: BTreeMap<String, String>,
}

impl Thread {
    pub(super) fn new(
        identity: Identity,
        client: BaseConsumer<Membership>,
        events: mpsc::UnboundedSender<FromConsumer>,
        orders: Receiver<ToConsumer>,
        queued: Arc<AtomicUsize>,
        pulse: Pulse,
    ) -> Self {
        Self {
            identity,
            client: Some(client),
            join_at: None,
            failures: 0,
            events,
            orders,
            queued,
            pulse,
            positions: BTreeMap::new(),
            paused: false,
            repeats: Repeats::new(),
            stalls: Stalls::default(),
            unassigned: None,
            stopped: BTreeMap::new(),
        }
    }

    pub(super) fn run(mut self) {
        let mut full_since = None;
        loop {
            self.pulse.beat();
            if !self.obey() {
                return;
            }
            let queued = self.queued.load(Ordering::Relaxed);
            let full = queued > if self.paused { QUEUE_BYTES / 2 } else { QUEUE_BYTES };
            if !full {
                full_since = None;
            } else if full_since.get_or_insert_with(Instant::now).elapsed() < PATIENCE {
                // The lane is busy with it. Pausing would discard what has been fetched.
                std::thread::sleep(POLL);
                continue;
            }
            // A queue that stays full pauses the partitions, but polling goes on: the group must not miss us.
            if full != self.paused {
                self.paused = full;
                self.pause();
            }
            mutation::panic_in("consumer");
            if self.client.is_some() {
                self.poll();
                self.notice(Instant::now());
            } else {
                std::thread::sleep(POLL);
                self.join();
            }
        }
    }

    /// Does what the lane wants. Whether the thread goes on.
    fn obey(&mut self) -> bool {
        let mut changed = false;
        loop {
            match self.orders.try_recv() {
                Ok(ToConsumer::Start(starts)) => {
                    self.start(starts);
                    // Also when there is nothing to read: the group waits for an answer.
                    changed = true;
                }
                Ok(ToConsumer::Halt(partitions)) => changed |= self.halt(&partitions),
                Ok(ToConsumer::Commit(offsets)) => self.commit(&offsets),
                Ok(ToConsumer::Leave) => {
                    self.unassigned = None;
                    self.leave();
                    self.report_stopped(BTreeMap::new());
                    self.join_at = None;
                }
                Ok(ToConsumer::Join) => self.join_at = Some(Instant::now()),
                Err(TryRecvError::Empty) => {
                    if changed {
                        self.assign();
                    }
                    return true;
                }
                // Without a lane nothing that is read here is handled: leave it to other instances.
                Ok(ToConsumer::Stop) | Err(TryRecvError::Disconnected) => {
                    self.leave();
                    return false;
                }
            }
        }
    }

    /// Makes a client, when it is time.
    fn join(&mut self) {
        if self.join_at.is_none_or(|at| at > Instant::now()) {
            return;
        }
        match self.identity.client(self.events.clone()) {
            Ok(client) => self.client = Some(client),
            Err(error) => self.fail(&error.to_string()),
        }
    }

    /// Leaves the group. What was read and not handed over is left to others.
    fn leave(&mut self) {
        let Some(client) = self.client.take() else { return };
        // The group waits for an answer to what it assigned last, also before it lets us go.
        client.context().before_removal(&client);
        report("unassign", client.unassign());
        let ours: Vec<_> = std::mem::take(&mut *client.context().ours()).into_iter().collect();
        drop(client);
        self.positions.clear();
        self.stalls = Stalls::default();
        self.report_stopped(BTreeMap::new());
        if !ours.is_empty() {
            let _ = self.events.send(FromConsumer::Revoked(ours));
        }
    }

    /// Goes on with another client, after a while that grows.
    fn fail(&mut self, reason: &str) {
        let (least, most) = NEXT_CLIENT;
        let wait = (least * (1 << self.failures.min(5))).min(most);
        self.failures += 1;
        error!(reason, wait = wait.as_secs(), "the Kafka consumer failed; a new one takes its place");
        self.leave();
        self.join_at = Some(Instant::now() + wait);
    }

    /// Hands over what has arrived.
    fn poll(&mut self) {
        let Some(client) = &self.client else { return };
        let mut records = Vec::new();
        let mut fatal = None;
        let mut wait = POLL;
        while records.len() < CHUNK {
            let Some(polled) = client.poll(wait) else { break };
            match polled {
                Ok(message) => {
                    if let Some(record) = pack(self.identity.names(), &message) {
                        records.push(record);
                    }
                }
                Err(KafkaError::MessageConsumptionFatal(code)) => {
                    fatal = Some(code);
                    break;
                }
                Err(error) => {
                    // The context has logged the reasons of others.
                    let code = error.rdkafka_error_code();
                    if code == Some(RDKafkaErrorCode::AutoOffsetReset) {
                        let _ = self.events.send(FromConsumer::OutOfRange);
                    }
                    if let Some(repeated) = self.repeats.due(&format!("{code:?}")) {
                        warn!(%error, repeated, "cannot read from Kafka");
                    }
                }
            }
            wait = Duration::ZERO;
        }
        if !records.is_empty() {
            self.failures = 0;
            let arrived = records.iter().map(|record| record.origin.topic);
            let read = self.positions.keys().map(|origin| origin.topic);
            client.context().news().arrived(arrived, read);
        }
        self.forget_ended();
        let stamped: Vec<_> = records.into_iter().filter_map(|record| self.stamp(record)).collect();
        if !stamped.is_empty() {
            self.queued.fetch_add(stamped.iter().map(|(_, record)| record.size()).sum(), Ordering::Relaxed);
            let _ = self.events.send(FromConsumer::Records(stamped));
        }
        if let Some(code) = fatal {
            self.fail(&format!("fatal: {code}"));
        }
    }

    /// Looks at what the client has reported beside messages, and at what it should have reported.
    fn notice(&mut self, now: Instant) {
        let Some(client) = &self.client else { return };
        let mut news = client.context().news();
        let unauthenticated = std::mem::take(&mut news.unauthenticated);
        let progress = news.progress.take();
        let recent = |(_, at): &(String, Instant)| now.saturating_duration_since(*at) < RECENT;
        let last_error = news.last_error.clone().filter(recent).map(|(reason, _)| reason);
        let refused = news.refused(now);
        drop(news);
        if unauthenticated && self.identity.has_new_credentials() {
            self.fail("its credentials were refused, and there are new ones");
            return;
        }
        let silence = client.context().silence();
        let (silent, answered) = (silence.is_too_long(LONGEST_SILENCE, now), !silence.lasts());
        drop(silence);
        if let Some(silent) = silent {
            self.give_up(silent, last_error.as_deref());
            return;
        }
        let assigned = answered && self.unassigned.take().is_some();
        let Some(mut progress) = progress.or(assigned.then(Vec::new)) else { return };
        progress.retain(|it| self.positions.contains_key(&it.origin()) && !self.paused);
        let stalled = self.stalls.look(&progress, last_error.as_deref(), now);
        let stalled = stalled.into_iter().map(|(origin, reason)| (origin.to_string(), reason));
        self.report_stopped(refused.into_iter().chain(stalled).collect());
    }

    /// Replaces a client to which the group has assigned nothing for so long: such a one may wait without end.
    fn give_up(&mut self, silent: Duration, last_error: Option<&str>) {
        let reason = format!(
            "Kafka has not assigned partitions to this service for {} s, so nothing is read ({}). The service joins \
             its group with a new client until it gets some",
            silent.as_secs(),
            last_error.unwrap_or("the client reports no error"),
        );
        self.unassigned.get_or_insert(reason);
        self.fail("its group has not assigned anything to it");
    }

    /// Reports what is not read, if that is news.
    fn report_stopped(&mut self, mut stopped: BTreeMap<String, String>) {
        stopped.extend(self.unassigned.iter().map(|reason| (GROUP.to_owned(), reason.clone())));
        for (place, reason) in stopped.iter().filter(|(place, _)| !self.stopped.contains_key(*place)) {
            error!(place, "STOPPED: {reason}");
        }
        for place in self.stopped.keys().filter(|place| !stopped.contains_key(*place)) {
            info!(place, "resumed");
        }
        if stopped != self.stopped {
            self.stopped.clone_from(&stopped);
            let _ = self.events.send(FromConsumer::Stopped(stopped));
        }
    }

    fn stamp(&mut self, record: Record) -> Option<(i64, Record)> {
        let position = self.positions.get_mut(&record.origin)?;
        let from = std::mem::replace(position, record.offset + 1);
        Some((from, record))
    }

    fn forget_ended(&mut self) {
        let Some(client) = &self.client else { return };
        let ours = client.context().ours();
        self.positions.retain(|origin, _| ours.contains(origin));
    }

    /// Reads from the given offsets on. A partition that was taken away meanwhile is read by another instance.
    fn start(&mut self, mut starts: Vec<(TopicPartition, Option<i64>)>) {
        let Some(client) = &self.client else { return };
        starts.retain(|(origin, _)| client.context().ours().contains(origin));
        for (origin, start) in &starts {
            info!(%origin, from = start.unwrap_or(0), "reading partition");
            self.positions.insert(*origin, start.unwrap_or(-1));
        }
    }

    /// Ends reading, if it was reading any of them. They stay ours as far as the group knows.
    fn halt(&mut self, partitions: &[TopicPartition]) -> bool {
        let before = self.positions.len();
        self.positions.retain(|origin, _| !partitions.contains(origin));
        self.positions.len() < before
    }

    /// Reads what has a position, from there. What the client has fetched is fetched again, which is rare:
    /// something was taken over, stopped, or resumed.
    fn assign(&self) {
        let Some(client) = &self.client else { return };
        let beginning = if mutation::active(Mutation::LateStart) { Offset::End } else { Offset::Beginning };
        let offset = |next: i64| if next < 0 { beginning } else { Offset::Offset(next) };
        let list =
            list(self.identity.names(), self.positions.iter().map(|(origin, next)| (*origin, offset(*next))));
        client.context().before_removal(client);
        report("assign", client.assign(&list));
        if self.paused {
            self.pause();
        }
    }

    fn commit(&self, offsets: &[(TopicPartition, i64)]) {
        let Some(client) = &self.client else { return };
        let list = list(
            self.identity.names(),
            offsets.iter().map(|(origin, next)| (*origin, Offset::Offset(*next))),
        );
        // Only lag tools read it.
        let _ = client.commit(&list, CommitMode::Async);
    }

    fn pause(&self) {
        let Some(client) = &self.client else { return };
        let Ok(assigned) = client.assignment() else { return };
        report("pause", if self.paused { client.pause(&assigned) } else { client.resume(&assigned) });
    }
}

fn list(names: Names, offsets: impl Iterator<Item = (TopicPartition, Offset)>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for (origin, offset) in offsets {
        let added: KafkaResult<()> =
            list.add_partition_offset(&names.on_cluster(origin.topic), origin.partition, offset);
        report("offset", added);
    }
    list
}

#[cfg(test)]
mod tests;
