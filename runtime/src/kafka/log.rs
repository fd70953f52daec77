//! What Kafka has of a topic, for an operator: how far its log reaches, and the
//! messages in it. Reads outside of any group, and commits nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Message as _, Offset, TopicPartitionList};

use super::KafkaConfig;
use super::consumer::packed;
use super::group::Group;
use crate::record::{Record, TopicPartition};

/// How long an answer of Kafka is waited for.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// A reader of Kafka's logs. Its functions wait for Kafka, ten seconds at most.
pub struct Log {
    consumer: BaseConsumer,
    config: KafkaConfig,
}

impl Log {
    /// Connects in the background, as a client called `id`. librdkafka wants a group to read without one.
    ///
    /// # Errors
    /// When librdkafka rejects the configuration.
    pub fn open(config: &KafkaConfig, id: &str, group: &Group) -> KafkaResult<Self> {
        let mut settings = group.client(config, id);
        settings.set("enable.partition.eof", "true").set("auto.offset.reset", "error");
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

    /// The offsets that the group this was opened as has committed for these partitions; those without one are
    /// missing. An admin client must not be asked: librdkafka crashes when that meets a coordinator that moves.
    ///
    /// # Errors
    /// [`KafkaError`] when Kafka does not answer in time.
    pub(crate) fn committed(
        &self,
        origins: &[TopicPartition],
        timeout: Duration,
    ) -> KafkaResult<BTreeMap<TopicPartition, i64>> {
        let mut list = TopicPartitionList::new();
        for origin in origins {
            list.add_partition(&self.config.on_cluster(origin.topic), origin.partition);
        }
        let found = self.consumer.committed_offsets(list, timeout)?;
        let elements = found.elements();
        let offset = |origin: &TopicPartition| {
            let of = |it: &&_| -> bool {
                let it: &rdkafka::topic_partition_list::TopicPartitionListElem<'_> = it;
                it.topic() == self.config.on_cluster(origin.topic) && it.partition() == origin.partition
            };
            match elements.iter().find(of)?.offset() {
                Offset::Offset(offset) => Some((*origin, offset)),
                _ => None,
            }
        };
        Ok(origins.iter().filter_map(offset).collect())
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
        self.first(origin, from, to, |record, _| {
            each(record);
            false
        })
        .map(drop)
    }

    /// The first message of a partition at or behind `from` and before `to` that is `wanted`, by what it says
    /// and by its time, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`KafkaError`] when Kafka does not answer, or `from` is not in the log.
    pub(crate) fn first(
        &self,
        origin: TopicPartition,
        from: i64,
        to: i64,
        mut wanted: impl FnMut(Record, Option<i64>) -> bool,
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
                    let time = message.timestamp().to_millis();
                    found = Some(message.offset())
                        .filter(|at| *at < to && wanted(packed(origin, &message), time));
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
