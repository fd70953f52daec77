//! All topics, each from its beginning to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::super::evidence::{Log, Place, topics};
use super::super::wire::Parts;
use super::{Names, Unreadable};

/// How long the broker may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads all topics of the saga.
pub(super) fn read(brokers: &str, names: &mut Names) -> Result<BTreeMap<Place, Log>, Unreadable> {
    let mut logs = BTreeMap::new();
    for topic in topics() {
        let failed = |error: KafkaError| Unreadable::new(format_args!("topic {topic}"), error);
        let read = Topic::open(brokers, topic).map_err(failed)?;
        logs.extend(read.read_up(names)?);
    }
    Ok(logs)
}

/// One topic that is being read. It has a consumer of its own, since the end of
/// a partition is reported without its topic.
struct Topic {
    name: &'static str,
    consumer: BaseConsumer,
    /// The partitions that are not read to their ends.
    open: BTreeSet<i32>,
    logs: BTreeMap<Place, Log>,
}

impl Topic {
    /// Starts to read a topic; one that does not exist has no partitions.
    fn open(brokers: &str, name: &'static str) -> Result<Self, KafkaError> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            // The client demands a name, although nothing is committed under it.
            .set("group.id", "audit")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed")
            .set("allow.auto.create.topics", "false")
            .set("queued.max.messages.kbytes", "65536")
            // Nothing comes any more, so there is nothing to wait for.
            .set("fetch.wait.max.ms", "10")
            .create()?;
        let metadata = consumer.fetch_metadata(None, PATIENCE)?;
        let found = metadata.topics().iter().find(|topic| topic.name() == name);
        let partitions: BTreeSet<i32> = found
            .map(|topic| topic.partitions().iter().map(|partition| partition.id()).collect())
            .unwrap_or_default();
        let mut list = TopicPartitionList::new();
        let mut logs = BTreeMap::new();
        let mut open = BTreeSet::new();
        for partition in partitions {
            let (low, high) = consumer.fetch_watermarks(name, partition, PATIENCE)?;
            logs.insert(Place { topic: name, partition }, Log::up_to(high));
            if low < high {
                list.add_partition_offset(name, partition, Offset::Offset(low))?;
                open.insert(partition);
            }
        }
        consumer.assign(&list)?;
        Ok(Self { name, consumer, open, logs })
    }

    fn read_up(mut self, names: &mut Names) -> Result<BTreeMap<Place, Log>, Unreadable> {
        let mut last_heard = Instant::now();
        while !self.open.is_empty() {
            match self.consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => {
                    let place = Place { topic: self.name, partition: message.partition() };
                    let log = self.logs.entry(place).or_default();
                    keep(log, place, &message, names)?;
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.open.remove(&partition);
                }
                // The client goes on by itself, and says more than it fails of.
                Some(Err(error)) if last_heard.elapsed() > PATIENCE => {
                    return Err(Unreadable::new(format_args!("topic {}", self.name), error));
                }
                None if last_heard.elapsed() > PATIENCE => {
                    return Err(Unreadable::new(format_args!("topic {}", self.name), "Kafka is silent"));
                }
                Some(Err(_)) | None => continue,
            }
            last_heard = Instant::now();
        }
        Ok(self.logs)
    }
}

fn keep(
    log: &mut Log,
    place: Place,
    message: &BorrowedMessage<'_>,
    names: &mut Names,
) -> Result<(), Unreadable> {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    let parts = Parts {
        key: message.key(),
        value: message.payload(),
        headers: headers.map(|header| (header.key.as_bytes(), header.value)).collect(),
    };
    // It cannot go backwards; the later look-ups by offset rely on it.
    if log.messages.last().is_some_and(|last| last.offset >= message.offset()) {
        return Err(Unreadable::new(place, "its offsets do not rise"));
    }
    let timestamp = message.timestamp().to_millis().unwrap_or_default();
    log.push(place, (message.offset(), timestamp), &parts, |source| names.one(source));
    Ok(())
}
