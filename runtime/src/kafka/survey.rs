//! What Kafka says of the topics and logs a service works with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::error::KafkaResult;
use rdkafka::types::RDKafkaErrorCode;

use super::KafkaConfig;
use super::group::Group;
use super::log::Log as GroupLog;
use super::raw::{Answers, Question, ask};
use super::silence::Silence;
use super::voice::Voice;
use crate::record::TopicPartition;
use crate::store::PinnedTopic;
use crate::topology::TopicSettings;

/// How long Kafka is waited for. Its silence is an outage and says nothing.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long Kafka may be silent before another client asks.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// Asks Kafka, over a connection of its own.
#[derive(Clone)]
pub struct Surveyor {
    asked: Option<Arc<Asked>>,
}

struct Asked {
    config: KafkaConfig,
    id: String,
    admin: Mutex<Admin>,
    group: Group,
    /// As they are named on the cluster.
    topics: Vec<String>,
    /// What these names begin with.
    prefix: &'static str,
    /// How many replicas each topic had last.
    replicas: Mutex<BTreeMap<String, i32>>,
}

struct Admin {
    client: Arc<AdminClient<Voice>>,
    /// The fingerprint of the credentials it was made with.
    credentials: u64,
    silence: Silence,
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

/// What Kafka says of the service's topics. One that it may not see is in neither list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// Those that exist.
    pub found: Vec<PinnedTopic>,
    /// Those that do not.
    pub missing: Vec<String>,
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
    pub fn new(config: &KafkaConfig, id: &str, group: Group, topics: Vec<&'static str>) -> KafkaResult<Self> {
        if config.mock {
            return Ok(Self::blind());
        }
        let topics = topics.into_iter().map(|topic| config.on_cluster(topic).into_owned()).collect();
        let admin = Mutex::new(Admin::new(config, id)?);
        let (prefix, replicas) = (config.prefix, Mutex::default());
        let (config, id) = (config.clone(), id.to_owned());
        Ok(Self { asked: Some(Arc::new(Asked { config, id, admin, group, topics, prefix, replicas })) })
    }

    /// A surveyor that never finds anything.
    pub fn blind() -> Self {
        Self { asked: None }
    }

    /// Describes all topics; `None` when Kafka does not answer.
    pub async fn topics(&self) -> Option<Described> {
        if self.asked.is_none() {
            return Some(Described::default());
        }
        let Answers { described, topics: found, missing, .. } = self.ask(Vec::new()).await;
        described.then_some(Described { found, missing })
    }

    /// The settings of all topics, as far as Kafka says them. Where the right to ask is missing they stay
    /// unknown, and the log says which right that is.
    pub async fn settings(&self) -> Vec<(String, TopicSettings)> {
        let Some(asked) = &self.asked else { return Vec::new() };
        let topics: Vec<_> = asked.topics.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect();
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let client = asked.client();
        let Ok(described) = client.describe_configs(&topics, &options).await else { return Vec::new() };
        let replicas = asked.replicas.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut found = Vec::new();
        for (resource, topic) in described.into_iter().zip(&asked.topics) {
            match resource {
                Ok(resource) => {
                    let OwnedResourceSpecifier::Topic(topic) = resource.specifier else { continue };
                    let replicas = replicas.get(&topic).copied();
                    let mut settings = TopicSettings { replicas, ..TopicSettings::default() };
                    for entry in &resource.entries {
                        settings.set(&entry.name, entry.value.as_deref().unwrap_or_default());
                    }
                    let named = topic.strip_prefix(asked.prefix).unwrap_or(&topic);
                    found.push((named.to_owned(), settings));
                }
                Err(RDKafkaErrorCode::TopicAuthorizationFailed) => client.inner().context().report(
                    "DescribeConfigs",
                    &format!(
                        "the settings of topic {topic} cannot be verified: the right to read them is missing. To grant \
                         it: `kafka-acls.sh --bootstrap-server BROKER --add --allow-principal User:USER --operation \
                         DescribeConfigs --topic {topic}`"
                    ),
                ),
                // It does not exist yet, or Kafka is away.
                Err(_) => {}
            }
        }
        found
    }

    /// Everything about all topics, and about these partitions: four requests at the same time.
    pub async fn survey(&self, partitions: &[TopicPartition]) -> Survey {
        let (answers, committed) =
            tokio::join!(self.ask(partitions.to_vec()), self.committed(partitions.to_vec()));
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
        Survey { topics: answers.topics, logs: starts.iter().filter_map(log).collect(), committed }
    }

    /// What the group has committed, as far as Kafka says.
    async fn committed(&self, partitions: Vec<TopicPartition>) -> BTreeMap<TopicPartition, i64> {
        let Some(asked) = self.asked.clone().filter(|_| !partitions.is_empty()) else {
            return BTreeMap::new();
        };
        let ask = move || {
            let committed = GroupLog::open(&asked.config, &asked.id, &asked.group)
                .and_then(|log| log.committed(&partitions, PATIENCE));
            committed.unwrap_or_else(|error| {
                let line = format!("cannot read the offsets of the group: {error}");
                asked.client().inner().context().report("query", &line);
                BTreeMap::new()
            })
        };
        tokio::task::spawn_blocking(ask).await.unwrap_or_default()
    }

    async fn ask(&self, partitions: Vec<TopicPartition>) -> Answers {
        let Some(asked) = self.asked.clone() else { return Answers::default() };
        let ask = move || {
            let named =
                |origin: &TopicPartition| (format!("{}{}", asked.prefix, origin.topic), origin.partition);
            let partitions: Vec<_> = partitions.iter().map(named).collect();
            let question = Question { topics: &asked.topics, partitions: &partitions };
            let client = asked.client();
            let answered = ask(&client, &question, PATIENCE);
            if let Err(error) = &answered {
                client.inner().context().report("query", &format!("cannot query Kafka: {error}"));
            }
            let answers = answered.unwrap_or_default();
            asked.answered(answers.described, Instant::now());
            let mut replicas = asked.replicas.lock().unwrap_or_else(PoisonError::into_inner);
            replicas.extend(answers.replicas.iter().cloned());
            drop(replicas);
            answers.without_prefix(asked.prefix)
        };
        // On a thread of its own: the lanes of other services go on.
        // It fails only while the runtime is shutting down.
        tokio::task::spawn_blocking(ask).await.unwrap_or_default()
    }
}

impl Admin {
    fn new(config: &KafkaConfig, id: &str) -> KafkaResult<Self> {
        let credentials = config.security.fingerprint();
        let client = Arc::new(config.client(id).create_with_context(Voice::of("admin"))?);
        Ok(Self { client, credentials, silence: Silence::default() })
    }
}

impl Asked {
    fn client(&self) -> Arc<AdminClient<Voice>> {
        self.admin.lock().unwrap_or_else(PoisonError::into_inner).client.clone()
    }

    /// Kafka has answered, or not. Another client takes the place of one that has had no answer for too long,
    /// and of one whose credentials have changed since.
    fn answered(&self, answered: bool, now: Instant) {
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            admin.silence.ends();
            return;
        }
        admin.silence.begins(now);
        if admin.credentials == self.config.security.fingerprint()
            && admin.silence.is_too_long(LONGEST_SILENCE, now).is_none()
        {
            return;
        }
        match Admin::new(&self.config, &self.id) {
            Ok(another) => *admin = another,
            Err(error) => {
                let line = format!("cannot make another Kafka client: {error}");
                admin.client.inner().context().report("renew", &line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::group::Role;
    use crate::kafka::security::Security;

    #[test]
    fn another_client_asks_where_one_has_had_no_answer_for_a_minute() {
        let config = KafkaConfig {
            brokers: "127.0.0.1:1".to_owned(),
            topic_partitions: 1,
            security: Security::default(),
            prefix: "",
            mock: false,
        };
        let surveyor = Surveyor::new(&config, "test", Group::named("s", "a", Role::Operator), vec!["t"])
            .expect("a client");
        let asked = surveyor.asked.expect("Kafka is asked");
        let (first, start) = (asked.client(), Instant::now());
        let is_first = || Arc::ptr_eq(&first, &asked.client());
        let after = |seconds| start + Duration::from_secs(seconds);
        asked.answered(false, start);
        asked.answered(true, after(50));
        asked.answered(false, after(60));
        asked.answered(false, after(119));
        assert!(is_first(), "it has had an answer");
        asked.answered(false, after(120));
        assert!(!is_first());
    }
}
