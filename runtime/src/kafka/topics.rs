//! The topics a service reads and publishes on.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, Producer as _, ProducerContext};
use rdkafka::types::RDKafkaErrorCode;
use tracing::info;

use super::KafkaConfig;
use crate::store::PinnedTopic;

const TIMEOUT: Duration = Duration::from_secs(10);
/// How long the client is asked what went wrong.
const SAY: Duration = Duration::from_millis(100);

/// Why a topic cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    /// Kafka does not answer, or refuses.
    #[error("Kafka does not answer: {0}")]
    Kafka(#[from] KafkaError),
    /// Kafka does not answer, and the client knows why.
    #[error("Kafka does not answer: {error}: {reason}")]
    Unreachable {
        /// What failed.
        error: KafkaError,
        /// What the client has said last of its connections.
        reason: String,
    },
    /// A topic could not be created.
    #[error("topic {topic} could not be created: {code}{}", remedy(topic, *code))]
    Create {
        /// The topic.
        topic: String,
        /// Why.
        code: RDKafkaErrorCode,
    },
    /// The topics are created and not visible yet, or this service may not see them.
    #[error(
        "topics {0:?} do not appear in the cluster's metadata. If they exist, the right to describe them is missing"
    )]
    Missing(Vec<String>),
    /// These belong to external producers, who have not created them yet.
    #[error(
        "there is no topic {}. It belongs to an external producer, so the service does not create it, and waits for it",
        .0.join(", ")
    )]
    NotOurs(Vec<String>),
}

impl TopicError {
    /// Whether the same attempt will fail in the same way until a configuration changes.
    pub fn is_permanent(&self) -> bool {
        let Self::Create { code, .. } = self else { return false };
        matches!(code, RDKafkaErrorCode::InvalidTopic | RDKafkaErrorCode::InvalidPartitions)
    }
}

/// What helps, where it is known.
fn remedy(topic: &str, code: RDKafkaErrorCode) -> String {
    match code {
        RDKafkaErrorCode::InvalidTopic => {
            ". Kafka does not allow this name, or it equals the name of an existing topic \
             but for `.` and `_`, which Kafka takes for the same in its metrics"
                .to_owned()
        }
        RDKafkaErrorCode::InvalidPartitions => {
            ". Check `partitions` in saga.yaml and TOPIC_PARTITIONS".to_owned()
        }
        RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed => format!(
            ". Create it by hand, or grant the right: `kafka-acls.sh --bootstrap-server BROKER --add --allow-principal \
             User:USER --operation Create --operation Describe --topic {topic}`"
        ),
        RDKafkaErrorCode::PolicyViolation | RDKafkaErrorCode::InvalidReplicationFactor => {
            format!(
                ". Create it by hand with settings that the cluster permits; the service then uses {topic} as it is"
            )
        }
        _ => String::new(),
    }
}

/// Creates the topics that are missing, and returns how many partitions each has. A new topic has as many
/// as `partitions` says, or else as is configured. Those in `external` are not created.
///
/// # Errors
/// [`TopicError`]; all of them may pass, so trying again is worthwhile.
pub async fn ensure(
    config: &KafkaConfig,
    id: &str,
    topics: &[&str],
    partitions: &[(&str, i32)],
    external: &[&str],
) -> Result<Vec<PinnedTopic>, TopicError> {
    let mut settings = config.client(id);
    // Some reasons are not worth an error to librdkafka.
    settings.set_log_level(RDKafkaLogLevel::Info);
    let client: BaseProducer<Reason> = settings.create_with_context(Reason::default())?;
    let found = found(config, &client, topics)?;
    let missing = absent(topics, &found);
    let (not_ours, ours): (Vec<&str>, Vec<&str>) =
        missing.into_iter().partition(|topic| external.contains(topic));
    let found = if ours.is_empty() {
        found
    } else {
        create(config, id, &ours, partitions).await?;
        self::found(config, &client, topics)?
    };
    if !not_ours.is_empty() {
        return Err(TopicError::NotOurs(
            not_ours.into_iter().map(|topic| config.on_cluster(topic).into_owned()).collect(),
        ));
    }
    match absent(topics, &found).as_slice() {
        [] => Ok(found),
        missing => Err(TopicError::Missing(missing.iter().map(|topic| (*topic).to_owned()).collect())),
    }
}

/// Those of `topics` that are not among the `found` ones.
fn absent<'t>(topics: &[&'t str], found: &[PinnedTopic]) -> Vec<&'t str> {
    topics.iter().copied().filter(|topic| !found.iter().any(|found| found.topic == *topic)).collect()
}

async fn create(
    config: &KafkaConfig,
    id: &str,
    topics: &[&str],
    partitions: &[(&str, i32)],
) -> Result<(), TopicError> {
    let admin: AdminClient<Quiet> = config.client(id).create_with_context(Quiet)?;
    let names: Vec<_> = topics.iter().map(|topic| (*topic, config.on_cluster(topic))).collect();
    let new: Vec<_> = names
        .iter()
        // -1: the broker's own default of copies.
        .map(|(topic, name)| {
            NewTopic::new(name, wanted(config, topic, partitions), TopicReplication::Fixed(-1))
        })
        .collect();
    for created in admin.create_topics(&new, &AdminOptions::new().operation_timeout(Some(TIMEOUT))).await? {
        match created {
            Ok(topic) => {
                info!(%topic, partitions = wanted(config, topic.strip_prefix(config.prefix).unwrap_or(&topic), partitions), "created a topic")
            }
            // Another instance created it first.
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(TopicError::Create { topic, code }),
        }
    }
    Ok(())
}

/// How many partitions a new topic gets.
fn wanted(config: &KafkaConfig, topic: &str, partitions: &[(&str, i32)]) -> i32 {
    let said = partitions.iter().find(|(known, _)| *known == topic);
    said.map_or(config.topic_partitions, |(_, number)| *number)
}

/// What this client would say is said by the one that asks for metadata.
struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, _: KafkaError, _: &str) {}
}

/// Why a broker cannot be reached, or does not let us in: what the client has said of it last. An admin
/// client would keep that to itself.
#[derive(Default)]
struct Reason(Mutex<Option<String>>);

impl ClientContext for Reason {
    fn log(&self, _: RDKafkaLogLevel, kind: &str, message: &str) {
        if kind == "FAIL" {
            let reason = message.split_once("]: ").map_or(message, |(_thread, reason)| reason);
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
        }
    }

    // It is in the log as well, and more beside it.
    fn error(&self, _: KafkaError, _: &str) {}
}

impl ProducerContext for Reason {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// Those of `topics` that exist. Asking for all never creates one.
fn found(
    config: &KafkaConfig,
    client: &BaseProducer<Reason>,
    topics: &[&str],
) -> Result<Vec<PinnedTopic>, TopicError> {
    let metadata = client.client().fetch_metadata(None, TIMEOUT).map_err(|error| {
        client.poll(SAY);
        match client.context().0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(mut reason) => {
                // All that a broker does when a client speaks the wrong protocol.
                if config.security.tls.is_none() && reason.contains("Disconnected") {
                    reason.push_str("; if it requires TLS or SASL, set KAFKA_SECURITY_PROTOCOL");
                }
                TopicError::Unreachable { error, reason }
            }
            None => error.into(),
        }
    })?;
    let found = metadata.topics().iter().filter_map(|topic| {
        let name = topic.name().strip_prefix(config.prefix).filter(|name| topics.contains(name))?;
        let exists = topic.error().is_none() && !topic.partitions().is_empty();
        exists.then(|| PinnedTopic {
            topic: name.to_owned(),
            partitions: i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX),
            id: None,
        })
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_configuration_must_change_is_permanent() {
        let create = |code| TopicError::Create { topic: "parcel_sent".into(), code };
        assert!(create(RDKafkaErrorCode::InvalidTopic).is_permanent());
        let denied = create(RDKafkaErrorCode::TopicAuthorizationFailed);
        assert!(!denied.is_permanent(), "it may be granted at any time");
        assert!(denied.to_string().contains("--operation Create --operation Describe --topic parcel_sent`"));
        assert!(!TopicError::Missing(vec!["t".into()]).is_permanent());
    }

    #[test]
    fn the_file_says_how_many_partitions_or_else_the_configuration() {
        let security = crate::kafka::security::Security::default();
        let config =
            KafkaConfig { brokers: "a:1".into(), topic_partitions: 3, security, prefix: "", mock: true };
        let said = [("order-created", 12)];
        assert_eq!(wanted(&config, "order-created", &said), 12);
        assert_eq!(wanted(&config, "order-created.product.dlt", &said), 3);
    }

    #[tokio::test]
    async fn the_topic_of_an_external_producer_is_waited_for_and_not_created() {
        let cluster = crate::kafka::MockCluster::start().expect("a mock cluster");
        cluster.create_topic("invoice-sent", 2).expect("a topic");
        let config = KafkaConfig {
            brokers: cluster.brokers().to_owned(),
            topic_partitions: 3,
            security: crate::kafka::security::Security::default(),
            prefix: "",
            mock: true,
        };
        let topics = ["bank.settlements", "invoice-sent"];
        let waits = ensure(&config, "bank", &topics, &[], &["bank.settlements"]).await;
        let waits = waits.expect_err("it does not exist");
        assert!(!waits.is_permanent(), "its owner may create it at any time");
        assert!(waits.to_string().contains("no topic bank.settlements. It belongs to an external producer"));
        cluster.create_topic("bank.settlements", 5).expect("a topic");
        let found = ensure(&config, "bank", &topics, &[], &["bank.settlements"]).await.expect("both exist");
        assert_eq!(found.iter().map(|topic| topic.partitions).sum::<i32>(), 7);
    }
}
