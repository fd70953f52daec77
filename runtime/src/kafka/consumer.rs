//! The consumer: a thread of its own that always polls.
//!
//! Offsets come from the service's database: on an assignment the lane takes the
//! partitions over and answers with where to start. What Kafka keeps as the
//! group's offsets is for lag tools only.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::TryRecvError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::statistics::{Partition, Statistics};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use tokio::sync::mpsc;
use tracing::{error, info, warn};

use super::{KafkaConfig, raw};
use crate::metrics::Metrics;
use crate::mutation::{self, Mutation};
use crate::record::{Record, TopicPartition};

/// How much may be queued for the lane before the thread waits, in bytes.
const QUEUE_BYTES: usize = 4 << 20;
/// How long a full queue is waited for without polling.
const PATIENCE: Duration = Duration::from_secs(1);
/// The most messages handed over at a time.
const CHUNK: usize = 1_000;
/// How often librdkafka says how far the partitions go, in milliseconds.
const STATISTICS_MS: &str = "5000";
/// How long one poll waits for a message.
const POLL: Duration = Duration::from_millis(10);

/// What the consumer thread tells the lane.
#[derive(Debug)]
pub enum FromConsumer {
    /// Take these over, and answer with [`ToConsumer::Start`].
    Assigned(Vec<TopicPartition>),
    /// These are not ours any more.
    Revoked(Vec<TopicPartition>),
    /// Messages; before each, the offset from which nothing was left out.
    Records(Vec<(i64, Record)>),
    /// The next message of a partition is not in its log. The client does not say which.
    OutOfRange,
}

/// What the lane tells the consumer thread.
#[derive(Debug)]
pub enum ToConsumer {
    /// Read from here on; `None` is the beginning.
    Start(Vec<(TopicPartition, Option<i64>)>),
    /// Stop reading these until the next `Start`.
    Halt(Vec<TopicPartition>),
    /// These are committed; for lag tools.
    Commit(Vec<(TopicPartition, i64)>),
    /// Leave the group and end.
    Stop,
}

/// The lane's end of the consumer thread.
pub struct ConsumerHandle {
    /// What the thread reports.
    pub events: mpsc::UnboundedReceiver<FromConsumer>,
    commands: std::sync::mpsc::Sender<ToConsumer>,
    queued: Arc<AtomicUsize>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl ConsumerHandle {
    /// Starts the thread: joins `group` and reads `topics`.
    ///
    /// # Errors
    /// When librdkafka rejects the configuration.
    pub fn start(
        config: &KafkaConfig,
        id: &str,
        group: &str,
        topics: &'static [&'static str],
        metrics: Arc<Metrics>,
    ) -> KafkaResult<Self> {
        let (sender, events) = mpsc::unbounded_channel();
        let (commands, orders) = std::sync::mpsc::channel();
        let queued = Arc::new(AtomicUsize::new(0));
        let names = Names { topics, prefix: config.prefix };
        let context = Rebalances { names, events: sender.clone(), ours: Mutex::default(), metrics };
        let consumer: BaseConsumer<Rebalances> = settings(config, id, group).create_with_context(context)?;
        let subscribed: Vec<_> = topics.iter().map(|topic| config.on_cluster(topic)).collect();
        consumer.subscribe(&subscribed.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
        let thread = Thread {
            consumer,
            names,
            events: sender,
            orders,
            queued: queued.clone(),
            positions: HashMap::new(),
        };
        let thread = std::thread::Builder::new()
            .name(format!("{id}-consumer"))
            .spawn(move || thread.run())
            .map_err(|error| KafkaError::ClientCreation(error.to_string()))?;
        Ok(Self { events, commands, queued, thread: Some(thread) })
    }

    /// The lane's end without a thread: the caller has the other ends and plays its part.
    pub fn played(
        events: mpsc::UnboundedReceiver<FromConsumer>,
        commands: std::sync::mpsc::Sender<ToConsumer>,
    ) -> Self {
        Self { events, commands, queued: Arc::default(), thread: None }
    }

    /// Sends the thread a command. It ends only on `Stop`.
    pub fn send(&self, command: ToConsumer) {
        let _ = self.commands.send(command);
    }

    /// Reports that messages of so many bytes have left the queue.
    pub fn took(&self, bytes: usize) {
        self.queued.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Ends the thread, after it has left the group.
    pub async fn stop(&mut self) {
        self.send(ToConsumer::Stop);
        self.events.close();
        if let Some(thread) = self.thread.take() {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

fn settings(config: &KafkaConfig, id: &str, group: &str) -> rdkafka::ClientConfig {
    let mut settings = config.client(id);
    settings
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // The database says where to start; anything else is an alarm, never a silent jump.
        .set("auto.offset.reset", "error")
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("isolation.level", "read_committed")
        .set("session.timeout.ms", "10000")
        .set("heartbeat.interval.ms", "1000")
        .set("queued.max.messages.kbytes", "4096")
        // How far the partitions go, for the metrics; no request is sent for it.
        .set("statistics.interval.ms", STATISTICS_MS)
        .set("fetch.message.max.bytes", "1048576");
    if config.mock {
        settings.set("fetch.wait.max.ms", "5");
    } else {
        settings.set("fetch.wait.max.ms", "100");
    }
    settings
}

/// The topics a service reads, and how they are named on the cluster.
#[derive(Debug, Clone, Copy)]
struct Names {
    topics: &'static [&'static str],
    prefix: &'static str,
}

impl Names {
    /// The topic that has this name on the cluster.
    fn of(self, name: &str) -> Option<&'static str> {
        let name = name.strip_prefix(self.prefix)?;
        self.topics.iter().find(|topic| **topic == name).copied()
    }

    /// How a topic is named on the cluster.
    fn on_cluster(self, topic: &'static str) -> Cow<'static, str> {
        if self.prefix.is_empty() { topic.into() } else { format!("{}{topic}", self.prefix).into() }
    }
}

/// Receives rebalances while the thread polls.
struct Rebalances {
    names: Names,
    events: mpsc::UnboundedSender<FromConsumer>,
    /// The partitions the group has given us, whether they are read yet or not.
    ours: Mutex<BTreeSet<TopicPartition>>,
    metrics: Arc<Metrics>,
}

impl Rebalances {
    fn ours(&self) -> MutexGuard<'_, BTreeSet<TopicPartition>> {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Rebalances {
    fn error(&self, cause: KafkaError, reason: &str) {
        warn!(%cause, reason, "Kafka consumer error");
    }

    fn stats(&self, statistics: Statistics) {
        for topic in statistics.topics.values() {
            for Partition { partition, lo_offset, hi_offset, .. } in topic.partitions.values() {
                self.metrics.inputs.watermarks(
                    self.names.of(&topic.topic).unwrap_or_default(),
                    *partition,
                    *lo_offset,
                    *hi_offset,
                );
            }
        }
    }
}

impl ConsumerContext for Rebalances {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let partitions = origins(self.names, list);
        match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS if !partitions.is_empty() => {
                self.ours().extend(&partitions);
                // The assignment waits for the lane, which answers with the offsets.
                let _ = self.events.send(FromConsumer::Assigned(partitions));
            }
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                // A member without partitions, for there are more of us than of them.
                let _ = self.events.send(FromConsumer::Assigned(partitions));
                report("assign", consumer.incremental_assign(list));
            }
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => {
                self.ours().retain(|origin| !partitions.contains(origin));
                // Those that were never read were never assigned either, and must not be named.
                report("unassign", consumer.incremental_unassign(&read(self.names, consumer, &partitions)));
                let _ = self.events.send(FromConsumer::Revoked(partitions));
            }
            code => error!(?code, "rebalance failed"),
        }
    }
}

struct Thread {
    consumer: BaseConsumer<Rebalances>,
    names: Names,
    events: mpsc::UnboundedSender<FromConsumer>,
    orders: std::sync::mpsc::Receiver<ToConsumer>,
    queued: Arc<AtomicUsize>,
    /// The next offset of each partition: up to here everything was handed over.
    positions: HashMap<TopicPartition, i64>,
}

impl Thread {
    fn run(mut self) {
        let mut paused = false;
        let mut full_since = None;
        loop {
            loop {
                match self.orders.try_recv() {
                    Ok(ToConsumer::Start(starts)) => self.start(starts),
                    Ok(ToConsumer::Halt(partitions)) => self.halt(&partitions),
                    Ok(ToConsumer::Commit(offsets)) => self.commit(&offsets),
                    Err(TryRecvError::Empty) => break,
                    // Without a lane nothing that is read here is handled: leave it to other instances.
                    Ok(ToConsumer::Stop) | Err(TryRecvError::Disconnected) => return,
                }
            }
            let full =
                self.queued.load(Ordering::Relaxed) > if paused { QUEUE_BYTES / 2 } else { QUEUE_BYTES };
            if !full {
                full_since = None;
            } else if full_since.get_or_insert_with(Instant::now).elapsed() < PATIENCE {
                // The lane is busy with it. Pausing would discard what has been fetched.
                std::thread::sleep(POLL);
                continue;
            }
            // A queue that stays full pauses the partitions, but polling goes on: the group must not miss us.
            if full != paused {
                paused = full;
                self.pause(full);
            }
            self.poll();
        }
    }

    /// Hands over what has arrived.
    fn poll(&mut self) {
        let mut records = Vec::new();
        let mut wait = POLL;
        while records.len() < CHUNK {
            let Some(polled) = self.consumer.poll(wait) else { break };
            match polled {
                Ok(message) => {
                    if let Some(record) = pack(self.names, &message) {
                        records.push(record);
                    }
                }
                Err(error) => {
                    error!(%error, "cannot read from Kafka");
                    if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) {
                        let _ = self.events.send(FromConsumer::OutOfRange);
                    }
                }
            }
            wait = Duration::ZERO;
        }
        self.forget_ended();
        let stamped: Vec<_> = records.into_iter().filter_map(|record| self.stamp(record)).collect();
        if !stamped.is_empty() {
            self.queued.fetch_add(stamped.iter().map(|(_, record)| record.size()).sum(), Ordering::Relaxed);
            let _ = self.events.send(FromConsumer::Records(stamped));
        }
    }

    fn stamp(&mut self, record: Record) -> Option<(i64, Record)> {
        let position = self.positions.get_mut(&record.origin)?;
        let from = std::mem::replace(position, record.offset + 1);
        Some((from, record))
    }

    fn forget_ended(&mut self) {
        let ours = self.consumer.context().ours();
        self.positions.retain(|origin, _| ours.contains(origin));
    }

    /// Reads from the given offsets on; what was read otherwise starts over. A partition that was
    /// taken away meanwhile is read by another instance.
    fn start(&mut self, mut starts: Vec<(TopicPartition, Option<i64>)>) {
        starts.retain(|(origin, _)| self.consumer.context().ours().contains(origin));
        let beginning = if mutation::active(Mutation::LateStart) { Offset::End } else { Offset::Beginning };
        let list = self
            .list(starts.iter().map(|(origin, start)| (*origin, start.map_or(beginning, Offset::Offset))));
        let named: Vec<TopicPartition> = starts.iter().map(|(origin, _)| *origin).collect();
        self.halt(&named);
        for (origin, start) in &starts {
            info!(%origin, from = start.unwrap_or(0), "reading partition");
            self.positions.insert(*origin, start.unwrap_or(-1));
        }
        // Also when there is nothing to read: the group waits for this call.
        report("assign", self.consumer.incremental_assign(&list));
    }

    /// Ends reading. The partitions stay ours as far as the group knows.
    fn halt(&mut self, partitions: &[TopicPartition]) {
        let list = read(self.names, &self.consumer, partitions);
        if list.count() > 0 {
            report("unassign", self.consumer.incremental_unassign(&list));
        }
        for origin in partitions {
            self.positions.remove(origin);
        }
    }

    fn commit(&self, offsets: &[(TopicPartition, i64)]) {
        let list = self.list(offsets.iter().map(|(origin, next)| (*origin, Offset::Offset(*next))));
        // Only lag tools read it.
        let _ = self.consumer.commit(&list, CommitMode::Async);
    }

    fn pause(&self, full: bool) {
        let Ok(assigned) = self.consumer.assignment() else { return };
        report("pause", if full { self.consumer.pause(&assigned) } else { self.consumer.resume(&assigned) });
    }

    fn list(&self, offsets: impl Iterator<Item = (TopicPartition, Offset)>) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for (origin, offset) in offsets {
            report(
                "offset",
                list.add_partition_offset(&self.names.on_cluster(origin.topic), origin.partition, offset),
            );
        }
        list
    }
}

/// Those of `partitions` that are read at present.
fn read(
    names: Names,
    consumer: &BaseConsumer<Rebalances>,
    partitions: &[TopicPartition],
) -> TopicPartitionList {
    let assigned = consumer.assignment().map(|list| origins(names, &list)).unwrap_or_default();
    let mut list = TopicPartitionList::new();
    for origin in assigned.iter().filter(|origin| partitions.contains(origin)) {
        list.add_partition(&names.on_cluster(origin.topic), origin.partition);
    }
    list
}

fn report(what: &str, result: KafkaResult<()>) {
    if let Err(error) = result {
        error!(%error, "Kafka consumer: {what} failed");
    }
}

fn origins(names: Names, list: &TopicPartitionList) -> Vec<TopicPartition> {
    let elements = list.elements();
    elements
        .iter()
        .filter_map(|element| {
            let topic = names.of(element.topic())?;
            Some(TopicPartition { topic, partition: element.partition() })
        })
        .collect()
}

fn pack(names: Names, message: &BorrowedMessage<'_>) -> Option<Record> {
    let topic = names.of(message.topic())?;
    Some(packed(TopicPartition { topic, partition: message.partition() }, message))
}

/// A message of `origin`, in one buffer.
pub(super) fn packed(origin: TopicPartition, message: &BorrowedMessage<'_>) -> Record {
    Record::new(origin, message.offset(), message.key(), message.payload(), raw::headers(message))
}
