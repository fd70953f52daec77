//! Records all topics, to know when orders end, and to have old messages at hand.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Headers, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;
use testbed::failure::{Failure, Result};

use crate::event_log::EventLog;
use crate::rng::Rng;
use crate::schedule::TOPICS;

/// How many messages of a topic are kept at hand.
const AT_HAND: usize = 2_000;
/// How long the topics may take to appear.
const PATIENCE: Duration = Duration::from_secs(120);

/// The header of what no service can handle: it is not published a second time.
pub(crate) const UNSOUND: &str = "chaos-unsound";

/// A message as it stood on a topic.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorded {
    /// Its partition.
    pub partition: i32,
    /// Its key, if any.
    pub key: Option<Vec<u8>>,
    /// Its body.
    pub value: Vec<u8>,
    /// Its headers.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// Reads all topics while a run lasts.
pub(crate) struct Recorder {
    recorded: Arc<Mutex<Memory>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Memory {
    rng: Rng,
    at_hand: BTreeMap<&'static str, Vec<Recorded>>,
    counts: BTreeMap<&'static str, u64>,
    ended: BTreeMap<i64, Duration>,
}

impl Recorder {
    /// Reads from the beginning, once all topics are there.
    pub(crate) fn start(brokers: &str, seed: u64, event_log: Arc<EventLog>) -> Result<Self> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("group.id", "chaos.recorder")
            .set("enable.auto.commit", "false")
            .set("reconnect.backoff.max.ms", "1000")
            .create()
            .map_err(|error| Failure::new(format!("cannot read from Kafka: {error}")))?;
        let places = places(&consumer)?;
        consumer.assign(&places).map_err(|error| Failure::new(format!("cannot read the topics: {error}")))?;
        let memory = Memory {
            rng: Rng::new(seed ^ 0x0074_6170),
            at_hand: BTreeMap::new(),
            counts: BTreeMap::new(),
            ended: BTreeMap::new(),
        };
        let (recorded, stop) = (Arc::new(Mutex::new(memory)), Arc::new(AtomicBool::new(false)));
        let thread = {
            let (recorded, stop) = (Arc::clone(&recorded), Arc::clone(&stop));
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    // Errors are outages: it goes on where it was by itself.
                    if let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) {
                        lock(&recorded).record(&message, event_log.now());
                    }
                }
            })
        };
        Ok(Self { recorded, stop, thread: Some(thread) })
    }

    /// One of the messages of a topic, if there was any yet.
    pub(crate) fn one_of(&self, topic: &str, rng: &mut Rng) -> Option<Recorded> {
        let memory = lock(&self.recorded);
        let messages = memory.at_hand.get(topic).filter(|messages| !messages.is_empty())?;
        messages.get((rng.number() % messages.len() as u64) as usize).cloned()
    }

    /// When each order was first said to have ended.
    pub(crate) fn ended(&self) -> BTreeMap<i64, Duration> {
        lock(&self.recorded).ended.clone()
    }

    /// How many messages there were on each topic.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.recorded).counts.clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // What it panicked about has been printed.
            let _ = thread.join();
        }
    }
}

impl Memory {
    fn record(&mut self, message: &BorrowedMessage<'_>, now: Duration) {
        let Some(topic) = TOPICS.into_iter().find(|topic| *topic == message.topic()) else { return };
        let count = self.counts.entry(topic).or_default();
        *count += 1;
        let recorded = Recorded {
            partition: message.partition(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().unwrap_or_default().to_vec(),
            headers: message
                .headers()
                .iter()
                .flat_map(|headers| headers.iter())
                .map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec()))
                .collect(),
        };
        if topic == "delivery-created"
            && let Ok(body) = serde_json::from_slice::<Value>(&recorded.value)
            && let Some(order) = body["orderId"].as_i64()
        {
            self.ended.entry(order).or_insert(now);
        }
        if recorded.headers.iter().any(|(name, _)| name == UNSOUND) {
            return;
        }
        // An old message is as likely to be at hand as a new one.
        let at = (self.rng.number() % *count) as usize;
        let messages = self.at_hand.entry(topic).or_default();
        if messages.len() < AT_HAND {
            messages.push(recorded);
        } else if let Some(slot) = messages.get_mut(at) {
            *slot = recorded;
        }
    }
}

/// The partitions of all topics, each from its beginning.
fn places(consumer: &BaseConsumer) -> Result<TopicPartitionList> {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let mut list = TopicPartitionList::new();
        let mut topics = 0;
        if let Ok(metadata) = consumer.fetch_metadata(None, Duration::from_secs(5)) {
            for topic in metadata.topics().iter().filter(|topic| TOPICS.contains(&topic.name())) {
                topics += 1;
                for partition in topic.partitions() {
                    list.add_partition_offset(topic.name(), partition.id(), Offset::Beginning)
                        .map_err(|error| Failure::new(format!("cannot read {}: {error}", topic.name())))?;
                }
            }
        }
        if topics == TOPICS.len() {
            return Ok(list);
        }
        testbed::interrupt::check()?;
        if std::time::Instant::now() > deadline {
            return Err(Failure::new("the services have not created their topics"));
        }
        thread::sleep(Duration::from_millis(200));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
