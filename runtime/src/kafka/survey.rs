//! What Kafka says of the topics and logs a service works with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::admin::AdminClient;
use rdkafka::client::DefaultClientContext;
use rdkafka::error::KafkaResult;
use tracing::warn;

use super::KafkaConfig;
use super::raw::{Answers, Question, ask};
use crate::record::TopicPartition;
use crate::store::PinnedTopic;

/// How long Kafka is waited for. Its silence is an outage and says nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks Kafka, over a connection of its own.
#[derive(Clone)]
pub struct Surveyor {
    asked: Option<Arc<Asked>>,
}

struct Asked {
    config: KafkaConfig,
    id: String,
    /// The client, and the fingerprint of the credentials it was made with.
    admin: Mutex<(Arc<AdminClient<DefaultClientContext>>, u64)>,
    group: String,
    topics: Vec<&'static str>,
}

/// What Kafka said; what it did not say in time is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The service's topics.
    pub topics: Vec<PinnedTopic>,
    /// The logs of the partitions in question.
    pub logs: BTreeMap<TopicPartition, Log>,
    /// The offsets that the group has committed to Kafka.
    pub committed: BTreeMap<TopicPartition, i64>,
}

/// How far the log of a partition reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// The offset of its first message, or where that would be.
    pub start: i64,
    /// The offset after its last message.
    pub end: i64,
}

impl Surveyor {
    /// One that asks about `topics` and the offsets of `group`. The mock cluster is not asked: it ends
    /// with the process, and its topics are never deleted.
    ///
    /// # Errors
    /// When librdkafka rejects the configuration.
    pub fn new(
        config: &KafkaConfig,
        id: &str,
        group: String,
        topics: Vec<&'static str>,
    ) -> KafkaResult<Self> {
        if config.mock {
            return Ok(Self::blind());
        }
        let credentials = config.security.fingerprint();
        let admin = Mutex::new((Arc::new(config.client(id).create()?), credentials));
        let (config, id) = (config.clone(), id.to_owned());
        Ok(Self { asked: Some(Arc::new(Asked { config, id, admin, group, topics })) })
    }

    /// A surveyor that never finds anything.
    pub fn blind() -> Self {
        Self { asked: None }
    }

    /// Describes all topics; `None` when Kafka does not answer.
    pub async fn topics(&self) -> Option<Vec<PinnedTopic>> {
        if self.asked.is_none() {
            return Some(Vec::new());
        }
        let answers = self.ask(Vec::new()).await;
        answers.described.then_some(answers.topics)
    }

    /// Everything about all topics, and about these partitions: four requests at the same time.
    pub async fn survey(&self, partitions: &[TopicPartition]) -> Survey {
        let answers = self.ask(partitions.to_vec()).await;
        let of = |places: Vec<(String, i32, i64)>| -> BTreeMap<TopicPartition, i64> {
            let known = |(topic, partition, offset): (String, i32, i64)| {
                let is = |known: &&TopicPartition| known.topic == topic && known.partition == partition;
                Some((*partitions.iter().find(is)?, offset))
            };
            places.into_iter().filter_map(known).collect()
        };
        let (starts, ends) = (of(answers.starts), of(answers.ends));
        let log = |(origin, start): (&TopicPartition, &i64)| {
            Some((*origin, Log { start: *start, end: *ends.get(origin)? }))
        };
        Survey {
            topics: answers.topics,
            logs: starts.iter().filter_map(log).collect(),
            committed: of(answers.committed),
        }
    }

    async fn ask(&self, partitions: Vec<TopicPartition>) -> Answers {
        let Some(asked) = self.asked.clone() else { return Answers::default() };
        let ask = move || {
            let partitions: Vec<_> =
                partitions.iter().map(|origin| (origin.topic, origin.partition)).collect();
            let question = Question { topics: &asked.topics, partitions: &partitions, group: &asked.group };
            let answers = ask(&asked.client(), &question, PATIENCE);
            if answers.as_ref().map_or(true, |answers| !answers.described) {
                asked.renew();
            }
            answers
        };
        // On a thread of its own: the lanes of other services go on.
        match tokio::task::spawn_blocking(ask).await {
            Ok(Ok(answers)) => answers,
            Ok(Err(error)) => {
                warn!(%error, "cannot query Kafka about its topics");
                Answers::default()
            }
            // The runtime is shutting down.
            Err(_) => Answers::default(),
        }
    }
}

impl Asked {
    fn client(&self) -> Arc<AdminClient<DefaultClientContext>> {
        self.admin.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Makes another client, if the credentials have changed since this one was made.
    fn renew(&self) {
        let credentials = self.config.security.fingerprint();
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        if admin.1 == credentials {
            return;
        }
        match self.config.client(&self.id).create() {
            Ok(client) => *admin = (Arc::new(client), credentials),
            Err(error) => warn!(%error, "cannot make a Kafka client with new credentials"),
        }
    }
}
