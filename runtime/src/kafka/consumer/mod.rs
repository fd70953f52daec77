//! The consumer: a thread of its own that always polls.
//!
//! Offsets come from the service's database: on an assignment the lane takes the
//! partitions over and answers with where to start. What Kafka keeps as the
//! group's offsets is for lag tools only.

mod membership;
mod stalls;
mod thread;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message as _};
use tokio::sync::mpsc;
use tracing::error;

use self::membership::Membership;
use self::thread::Thread;
use super::group::Group;
use super::{KafkaConfig, raw};
use crate::metrics::Metrics;
use crate::record::{Record, TopicPartition};

/// How often librdkafka says how far the partitions go, in milliseconds.
const STATISTICS_MS: &str = "5000";

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
    /// What is not read although it is ours to read, and why; everything that was reported before and is
    /// not among it is read again.
    Stopped(BTreeMap<String, String>),
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
    /// Leave the group: other instances shall have our partitions.
    Leave,
    /// Join it again.
    Join,
    /// Leave the group and end.
    Stop,
}

/// The lane's end of the consumer thread.
pub struct ConsumerHandle {
    /// What the thread reports.
    pub events: mpsc::UnboundedReceiver<FromConsumer>,
    commands: std::sync::mpsc::Sender<ToConsumer>,
    queued: Arc<AtomicUsize>,
    pulse: Pulse,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// When the consumer thread was last alive.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<Mutex<Instant>>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Pulse {
    /// For how long the thread has not been back at its loop.
    pub fn age(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

impl ConsumerHandle {
    /// Starts the thread: joins `group` and reads `topics`.
    ///
    /// # Errors
    /// When librdkafka rejects the configuration.
    pub fn start(
        config: &KafkaConfig,
        id: &str,
        group: &Group,
        topics: &'static [&'static str],
        metrics: Arc<Metrics>,
    ) -> KafkaResult<Self> {
        let (sender, events) = mpsc::unbounded_channel();
        let (commands, orders) = std::sync::mpsc::channel();
        let queued = Arc::new(AtomicUsize::new(0));
        let mut identity = Identity {
            config: config.clone(),
            id: id.to_owned(),
            group: group.clone(),
            topics,
            metrics,
            credentials: 0,
        };
        let client = identity.client(sender.clone())?;
        let pulse = Pulse::default();
        let thread = Thread::new(identity, client, sender, orders, queued.clone(), pulse.clone());
        let thread = std::thread::Builder::new()
            .name(format!("{id}-consumer"))
            .spawn(move || thread.run())
            .map_err(|error| KafkaError::ClientCreation(error.to_string()))?;
        Ok(Self { events, commands, queued, pulse, thread: Some(thread) })
    }

    /// The lane's end without a thread: the caller has the other ends and plays its part.
    pub fn played(
        events: mpsc::UnboundedReceiver<FromConsumer>,
        commands: std::sync::mpsc::Sender<ToConsumer>,
    ) -> Self {
        Self { events, commands, queued: Arc::default(), pulse: Pulse::default(), thread: None }
    }

    /// Sends the thread a command. It ends only on `Stop`.
    pub fn send(&self, command: ToConsumer) {
        let _ = self.commands.send(command);
    }

    /// When the thread was last alive, for others to see.
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Reports that messages of so many bytes have left the queue.
    pub fn took(&self, bytes: usize) {
        self.queued.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// What the thread has died of, once it reports nothing more.
    pub async fn cause_of_death(&mut self) -> String {
        let panicked = match self.thread.take() {
            Some(thread) => {
                tokio::task::spawn_blocking(move || thread.join()).await.is_ok_and(|it| it.is_err())
            }
            None => false,
        };
        format!("the consumer thread {}", if panicked { "panicked" } else { "ended by itself" })
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

/// Who the clients of the thread are, one after the other.
struct Identity {
    config: KafkaConfig,
    id: String,
    group: Group,
    topics: &'static [&'static str],
    metrics: Arc<Metrics>,
    /// The fingerprint of what the last client was made with.
    credentials: u64,
}

impl Identity {
    /// A member of the group.
    fn client(
        &mut self,
        events: mpsc::UnboundedSender<FromConsumer>,
    ) -> KafkaResult<BaseConsumer<Membership>> {
        self.credentials = self.config.security.fingerprint();
        let context = Membership::new(self.names(), events, self.metrics.clone());
        let client: BaseConsumer<Membership> =
            settings(&self.config, &self.id, &self.group).create_with_context(context)?;
        let subscribed: Vec<_> = self.topics.iter().map(|topic| self.config.on_cluster(topic)).collect();
        client.subscribe(&subscribed.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
        Ok(client)
    }

    fn names(&self) -> Names {
        Names { topics: self.topics, prefix: self.config.prefix }
    }

    /// Whether a client that is made now would be believed where the last one is not.
    fn has_new_credentials(&self) -> bool {
        self.config.security.fingerprint() != self.credentials
    }
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

fn settings(config: &KafkaConfig, id: &str, group: &Group) -> rdkafka::ClientConfig {
    let mut settings = group.client(config, id);
    settings
        // The database says where to start; anything else is an alarm, never a silent jump.
        .set("auto.offset.reset", "error")
        // Spreads the partitions of each topic, and all of them, evenly: ADR 25.
        .set("partition.assignment.strategy", "roundrobin")
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

#[cfg(test)]
mod tests;
