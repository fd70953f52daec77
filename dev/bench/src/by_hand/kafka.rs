//! Kafka: one thread that reads, and a producer that reports what was acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::{BorrowedMessage, Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, NoCustomPartitioner, ProducerContext, ThreadedProducer};
use rdkafka::{ClientConfig, ClientContext, Offset, TopicPartitionList};
use tokio::sync::mpsc;

use super::{Result, Settings};

/// The header that numbers the messages of one source to one partition, as the generated services write it.
const NUMBER: &str = "saga-seq";
/// How many messages may wait for the service.
const QUEUED: usize = 20_000;

/// What was read.
#[derive(Debug)]
pub(crate) struct Record {
    pub topic: &'static str,
    pub partition: i32,
    pub offset: i64,
    /// Who sent it, and its number among what that source sent here.
    pub number: Option<(String, i64)>,
    pub body: Vec<u8>,
}

/// The records of a thread that reads.
pub(crate) struct Records {
    receiver: mpsc::UnboundedReceiver<Record>,
    queued: Arc<AtomicUsize>,
}

impl Records {
    /// Waits for one, and takes up to `most` that are there.
    pub(crate) async fn batch(&mut self, most: usize) -> Vec<Record> {
        let mut batch = Vec::new();
        let taken = self.receiver.recv_many(&mut batch, most).await;
        self.queued.fetch_sub(taken, Ordering::Relaxed);
        batch
    }
}

/// The number of partitions of each topic.
pub(crate) fn partitions(settings: &Settings, topic: &str) -> Result<i32> {
    let client: BaseConsumer = config(settings).create()?;
    let metadata = client.fetch_metadata(Some(topic), Duration::from_secs(10))?;
    let found = metadata.topics().iter().find(|it| it.name() == topic).map_or(0, |it| it.partitions().len());
    if found == 0 { Err(format!("there is no topic {topic}").into()) } else { Ok(i32::try_from(found)?) }
}

/// Reads these partitions from these offsets on.
pub(crate) fn read(settings: &Settings, from: &[(&'static str, i32, i64)]) -> Result<Records> {
    let client: BaseConsumer = config(settings)
        .set("group.id", &settings.service)
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("fetch.wait.max.ms", "100")
        .set("fetch.queue.backoff.ms", "2")
        .create()?;
    let mut list = TopicPartitionList::new();
    for (topic, partition, offset) in from {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
    }
    client.assign(&list)?;
    let topics: Vec<&'static str> = from.iter().map(|(topic, ..)| *topic).collect();
    let (sender, receiver) = mpsc::unbounded_channel();
    let queued = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&queued);
    std::thread::spawn(move || {
        while !sender.is_closed() {
            if count.load(Ordering::Relaxed) > QUEUED {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            match client.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    count.fetch_add(1, Ordering::Relaxed);
                    let _ = sender.send(record(&topics, &message));
                }
                Some(Err(error)) => eprintln!("{error}"),
                None => {}
            }
        }
    });
    Ok(Records { receiver, queued })
}

fn record(topics: &[&'static str], message: &BorrowedMessage<'_>) -> Record {
    let topic = topics.iter().find(|topic| **topic == message.topic()).copied().unwrap_or_default();
    Record {
        topic,
        partition: message.partition(),
        offset: message.offset(),
        number: number(message),
        body: message.payload().unwrap_or_default().to_vec(),
    }
}

/// The source and the number in `1|source|incarnation|topic|partition|number`.
fn number(message: &BorrowedMessage<'_>) -> Option<(String, i64)> {
    let header = message.headers()?.iter().find(|header| header.key == NUMBER)?;
    let mut parts = std::str::from_utf8(header.value?).ok()?.split('|').skip(1);
    let source = parts.next()?.to_owned();
    Some((source, parts.nth(3)?.parse().ok()?))
}

/// A message to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub seq: i64,
    pub topic: &'static str,
    pub partition: i32,
    pub number: i64,
    pub key: i32,
    pub value: Vec<u8>,
}

/// Sends messages, in order to each partition.
pub(crate) struct Sender {
    client: ThreadedProducer<Reports, NoCustomPartitioner>,
    source: String,
    numbered: bool,
}

/// Passes on what was acknowledged.
struct Reports(mpsc::UnboundedSender<i64>);

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, seq: usize) {
        match result {
            Ok(_) => drop(self.0.send(seq as i64)),
            Err((error, _)) => {
                eprintln!("a message could not be sent: {error}");
                std::process::exit(1);
            }
        }
    }
}

impl Sender {
    /// A producer, and where the sequence numbers of what was acknowledged arrive.
    pub(crate) fn new(settings: &Settings, numbered: bool) -> Result<(Self, mpsc::UnboundedReceiver<i64>)> {
        let (reports, acknowledged) = mpsc::unbounded_channel();
        let client = config(settings)
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("message.timeout.ms", "0")
            .set("linger.ms", "1")
            .set("queue.buffering.max.messages", "500000")
            .create_with_context(Reports(reports))?;
        Ok((Self { client, source: format!("{}/0", settings.service), numbered }, acknowledged))
    }

    /// Hands a message to the producer; waits while it is full.
    pub(crate) async fn send(&self, message: &Outgoing) -> Result<()> {
        let key = message.key.to_string();
        loop {
            let mut record = BaseRecord::with_opaque_to(message.topic, message.seq as usize)
                .partition(message.partition)
                .key(&key)
                .payload(&message.value);
            if self.numbered {
                let Outgoing { topic, partition, number, .. } = message;
                let number = format!("1|{}|1|{topic}|{partition}|{number}", self.source);
                record =
                    record.headers(OwnedHeaders::new().insert(Header { key: NUMBER, value: Some(&number) }));
            }
            match self.client.send(record) {
                Ok(()) => return Ok(()),
                Err((error, _)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull) => {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }
}

pub(crate) fn config(settings: &Settings) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &settings.brokers).set("client.id", &settings.service);
    config
}

/// The partition of a key: Kafka's default, murmur2 over the key's bytes.
pub(crate) fn partition_of(key: i32, partitions: i32) -> i32 {
    const M: u32 = 0x5bd1_e995;
    let text = key.to_string();
    let data = text.as_bytes();
    let mut hash = 0x9747_b28c ^ data.len() as u32;
    let (chunks, tail) = data.as_chunks::<4>();
    for chunk in chunks {
        let mut k = u32::from_le_bytes(*chunk).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !tail.is_empty() {
        for (at, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * at);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    ((hash ^ (hash >> 15)) & 0x7fff_ffff) as i32 % partitions
}
