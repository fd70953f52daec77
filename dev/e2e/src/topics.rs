//! The saga's topics, read and written as an external producer does.

use std::time::{Duration, Instant};

use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::wait_for;

/// The topics of one broker.
pub struct Topics {
    config: ClientConfig,
}

/// A message as it stands on a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its partition.
    pub partition: i32,
    /// Its key, if any.
    pub key: Option<String>,
    /// Its body.
    pub value: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
}

impl Message {
    /// A message without headers and key, as an external producer may send it.
    pub fn plain(value: &Value) -> Self {
        Self { partition: -1, key: None, value: value.to_string(), headers: Vec::new() }
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.value).unwrap()
    }

    /// The header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// An open transaction of an external producer.
pub struct Open(BaseProducer);

impl Drop for Open {
    fn drop(&mut self) {
        // The broker ends it in the end.
        let _ = self.0.abort_transaction(Duration::from_secs(20));
    }
}

impl Topics {
    /// The topics of the broker at `brokers`.
    pub fn at(brokers: &str) -> Self {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers);
        Self { config }
    }

    /// Publishes a message as it is; a negative partition leaves the choice to its key.
    pub fn publish(&self, topic: &str, message: &Message) {
        self.publish_all(topic, std::iter::once(message.clone()));
    }

    /// Publishes messages as they are.
    pub fn publish_all(&self, topic: &str, messages: impl Iterator<Item = Message>) {
        let producer: BaseProducer =
            self.config.clone().set("partitioner", "murmur2_random").set("linger.ms", "0").create().unwrap();
        for message in messages {
            let mut headers = OwnedHeaders::new();
            for (key, value) in &message.headers {
                headers = headers.insert(Header { key, value: Some(value) });
            }
            let mut record = BaseRecord::<str, str>::to(topic).payload(&message.value).headers(headers);
            record.key = message.key.as_deref();
            record.partition = (message.partition >= 0).then_some(message.partition);
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(Duration::from_secs(10)).unwrap();
    }

    /// Publishes messages in a transaction that is aborted when what this returns is dropped.
    pub fn publish_in_transaction(&self, topic: &str, messages: impl Iterator<Item = Message>) -> Open {
        let timeout = Duration::from_secs(20);
        let producer: BaseProducer =
            self.config.clone().set("transactional.id", "external").set("linger.ms", "0").create().unwrap();
        producer.init_transactions(timeout).unwrap();
        producer.begin_transaction().unwrap();
        for Message { partition, key, value, .. } in messages {
            let key = key.unwrap_or_default();
            let record = BaseRecord::to(topic).partition(partition).key(&key).payload(&value);
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(timeout).unwrap();
        Open(producer)
    }

    /// Everything that stands on `topic`.
    pub fn read(&self, topic: &str) -> Vec<Message> {
        let consumer: BaseConsumer = self
            .config
            .clone()
            .set("group.id", "reader")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "5")
            .create()
            .unwrap();
        let timeout = Duration::from_secs(10);
        let metadata = consumer.fetch_metadata(Some(topic), timeout).unwrap();
        let mut list = TopicPartitionList::new();
        let mut left = 0;
        for partition in metadata.topics()[0].partitions() {
            let (low, high) = consumer.fetch_watermarks(topic, partition.id(), timeout).unwrap();
            left += high - low;
            list.add_partition_offset(topic, partition.id(), Offset::Offset(low)).unwrap();
        }
        consumer.assign(&list).unwrap();
        let deadline = Instant::now() + timeout;
        let mut messages = Vec::new();
        while left > 0 && Instant::now() < deadline {
            let Some(message) = consumer.poll(Duration::from_millis(100)) else { continue };
            messages.push(owned(&message.unwrap()));
            left -= 1;
        }
        messages
    }

    /// Waits until `count` messages stand on `topic` that `wanted` looks for, and returns them.
    pub fn wait(&self, topic: &str, count: usize, wanted: impl Fn(&Message) -> bool) -> Vec<Message> {
        wait_for(&format!("{count} messages on {topic}"), Duration::from_secs(20), || {
            let found: Vec<Message> = self.read(topic).into_iter().filter(&wanted).collect();
            (found.len() >= count).then_some(found)
        })
    }

    /// The offset that Kafka was told for `group`; -1 when there is none.
    pub fn told(&self, group: &str, topic: &str, partition: i32) -> i64 {
        let reader: BaseConsumer = self.config.clone().set("group.id", group).create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition(topic, partition);
        let told = reader.committed_offsets(list, Duration::from_secs(10)).unwrap();
        match told.elements()[0].offset() {
            Offset::Offset(offset) => offset,
            _ => -1,
        }
    }

    /// Changes a setting of a topic.
    pub fn set(&self, topic: &str, setting: &str, value: &str) {
        let admin: AdminClient<DefaultClientContext> = self.config.create().unwrap();
        let change = AlterConfig::new(ResourceSpecifier::Topic(topic)).set(setting, value);
        let changed = admin.alter_configs([&change], &AdminOptions::new());
        Runtime::new().unwrap().block_on(changed).unwrap().remove(0).unwrap();
    }

    /// Adds partitions to a topic, so that it has `partitions`.
    pub fn grow(&self, topic: &str, partitions: usize) {
        let admin: AdminClient<DefaultClientContext> = self.config.create().unwrap();
        let new = NewPartitions::new(topic, partitions);
        let grown = admin.create_partitions([&new], &AdminOptions::new());
        Runtime::new().unwrap().block_on(grown).unwrap().remove(0).unwrap();
    }

    /// Deletes the messages before `offset` from a partition.
    pub fn delete_before(&self, topic: &str, partition: i32, offset: i64) {
        let admin: AdminClient<DefaultClientContext> = self.config.create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, Offset::Offset(offset)).unwrap();
        let deleted = admin.delete_records(&list, &AdminOptions::new());
        Runtime::new().unwrap().block_on(deleted).unwrap();
        let reader: BaseConsumer = self.config.create().unwrap();
        wait_for("the log to begin later", Duration::from_secs(10), || {
            let (start, _) = reader.fetch_watermarks(topic, partition, Duration::from_secs(5)).unwrap();
            (start == offset).then_some(())
        });
    }

    /// Deletes and creates topics.
    pub fn recreate(&self, topics: &[&str], partitions: i32) {
        let admin: AdminClient<DefaultClientContext> = self.config.create().unwrap();
        let timeout = Duration::from_secs(20);
        let options = AdminOptions::new().operation_timeout(Some(timeout));
        let runtime = Runtime::new().unwrap();
        let existing = || {
            let metadata = admin.inner().fetch_metadata(None, timeout).unwrap();
            metadata.topics().iter().filter(|topic| topics.contains(&topic.name())).count()
        };
        // Those that do not exist need no deleting.
        let _ = runtime.block_on(admin.delete_topics(topics, &options));
        wait_for("the topics to go", timeout, || (existing() == 0).then_some(()));
        let new: Vec<_> =
            topics.iter().map(|topic| NewTopic::new(topic, partitions, TopicReplication::Fixed(1))).collect();
        for created in runtime.block_on(admin.create_topics(&new, &options)).unwrap() {
            created.map_err(|(topic, code)| format!("{topic}: {code}")).unwrap();
        }
        wait_for("the topics to appear", timeout, || (existing() == topics.len()).then_some(()));
    }
}

fn owned(message: &rdkafka::message::BorrowedMessage<'_>) -> Message {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = message.headers();
    Message {
        partition: message.partition(),
        key: message.key().map(text),
        value: message.payload().map(text).unwrap_or_default(),
        headers: headers
            .iter()
            .flat_map(|headers| headers.iter())
            .map(|header| (header.key.to_owned(), header.value.map(text).unwrap_or_default()))
            .collect(),
    }
}
