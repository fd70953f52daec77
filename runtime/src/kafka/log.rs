//! What Kafka has of a topic, for an operator: how far its log reaches, and the
//! messages in it. Reads outside of any group, and commits nothing.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::BorrowedMessage;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Message as _, Offset, TopicPartitionList};

use super::KafkaConfig;
use super::consumer::packed;
use crate::record::{Record, TopicPartition};

/// How long an answer of Kafka is waited for.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A reader of Kafka's logs. Its functions wait for Kafka, ten seconds at most.
pub struct Log {
    consumer: BaseConsumer,
    config: KafkaConfig,
}

impl Log {
    /// Connects in the background.
    ///
    /// # Errors
    /// When librdkafka rejects the configuration.
    pub fn open(config: &KafkaConfig, id: &str) -> KafkaResult<Self> {
        let mut settings = config.client(id);
        settings
            // librdkafka wants a group to read without one.
            .set("group.id", id)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed");
        Ok(Self { consumer: settings.create()?, config: config.clone() })
    }

    /// What the names of topics begin with on the cluster.
    pub fn prefix(&self) -> &'static str {
        self.config.prefix
    }

    /// How many partitions a topic has; `None` when there is no such topic.
    ///
    /// # Errors
    /// [`KafkaError`] when Kafka does not answer.
    pub fn partitions(&self, topic: &str) -> KafkaResult<Option<i32>> {
        // Asking for all topics never creates one.
        let topic = self.config.on_cluster(topic);
        let metadata = self.consumer.fetch_metadata(None, TIMEOUT)?;
        let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
        Ok(found.and_then(|found| i32::try_from(found.partitions().len()).ok()).filter(|count| *count > 0))
    }

    /// The first offset that the log of a partition still holds, and the first it does not hold yet.
    ///
    /// # Errors
    /// [`KafkaError`] when Kafka does not answer, or there is no such partition.
    pub fn bounds(&self, topic: &str, partition: i32) -> KafkaResult<(i64, i64)> {
        self.consumer.fetch_watermarks(&self.config.on_cluster(topic), partition, TIMEOUT)
    }

    /// Hands the messages of a partition with an offset of at least `from` and below `to` over, in order.
    ///
    /// # Errors
    /// [`KafkaError`] when Kafka does not answer, or `from` is not in the log.
    pub fn read(
        &self,
        origin: TopicPartition,
        from: i64,
        to: i64,
        mut each: impl FnMut(Record),
    ) -> KafkaResult<()> {
        self.first(origin, from, to, |message| {
            each(packed(origin, message));
            false
        })
        .map(drop)
    }

    /// The first message of a partition at or behind `from` and before `to` that is `wanted`.
    ///
    /// # Errors
    /// [`KafkaError`] when Kafka does not answer, or `from` is not in the log.
    pub(crate) fn first(
        &self,
        origin: TopicPartition,
        from: i64,
        to: i64,
        mut wanted: impl FnMut(&BorrowedMessage<'_>) -> bool,
    ) -> KafkaResult<Option<i64>> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(
            &self.config.on_cluster(origin.topic),
            origin.partition,
            Offset::Offset(from),
        )?;
        self.consumer.assign(&list)?;
        let (mut next, mut found) = (from, None);
        while next < to && found.is_none() {
            match self.consumer.poll(TIMEOUT) {
                Some(Ok(message)) => {
                    next = message.offset() + 1;
                    found = Some(message.offset()).filter(|at| *at < to && wanted(&message));
                }
                // The last offsets may be gone, or the markers of transactions.
                Some(Err(KafkaError::PartitionEOF(_))) => break,
                Some(Err(error)) => return Err(error),
                None => return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut)),
            }
        }
        self.consumer.unassign()?;
        Ok(found)
    }
}
