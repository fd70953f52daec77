//! The topics a service reads and publishes on.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use tracing::info;

use super::KafkaConfig;
use crate::store::PinnedTopic;

const TIMEOUT: Duration = Duration::from_secs(10);

/// A topic that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    /// Kafka does not answer, or refuses.
    #[error("Kafka does not answer: {0}")]
    Kafka(#[from] KafkaError),
    /// A topic could not be created.
    #[error("topic {topic} could not be created: {code}")]
    Create {
        /// The topic.
        topic: String,
        /// Why.
        code: RDKafkaErrorCode,
    },
    /// The topics are created and not visible yet.
    #[error("topics {0:?} do not appear in the cluster's metadata")]
    Missing(Vec<String>),
}

/// Creates the topics that are missing, and returns how many partitions each has.
///
/// # Errors
/// [`TopicError`]; all of them may pass, so trying again is worthwhile.
pub async fn ensure(config: &KafkaConfig, id: &str, topics: &[&str]) -> Result<Vec<PinnedTopic>, TopicError> {
    let admin: AdminClient<DefaultClientContext> = config.client(id).create()?;
    let found = found(&admin, topics)?;
    let missing: Vec<&str> =
        topics.iter().copied().filter(|topic| !found.iter().any(|found| found.topic == *topic)).collect();
    if missing.is_empty() {
        return Ok(found);
    }
    let new: Vec<_> = missing
        .iter()
        // -1: the broker's own default of copies.
        .map(|topic| NewTopic::new(topic, config.topic_partitions, TopicReplication::Fixed(-1)))
        .collect();
    for created in admin.create_topics(&new, &AdminOptions::new().operation_timeout(Some(TIMEOUT))).await? {
        match created {
            Ok(topic) => info!(%topic, partitions = config.topic_partitions, "created a topic"),
            // Another instance was faster.
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(TopicError::Create { topic, code }),
        }
    }
    self::found(&admin, topics).and_then(|found| {
        let missing: Vec<String> = topics
            .iter()
            .filter(|topic| !found.iter().any(|found| found.topic == **topic))
            .map(|topic| (*topic).to_owned())
            .collect();
        if missing.is_empty() { Ok(found) } else { Err(TopicError::Missing(missing)) }
    })
}

/// Those of `topics` that exist. Asking for all never creates one.
fn found(admin: &AdminClient<DefaultClientContext>, topics: &[&str]) -> Result<Vec<PinnedTopic>, TopicError> {
    let metadata = admin.inner().fetch_metadata(None, TIMEOUT)?;
    let found = metadata.topics().iter().filter(|topic| {
        topics.contains(&topic.name()) && topic.error().is_none() && !topic.partitions().is_empty()
    });
    Ok(found
        .map(|topic| PinnedTopic {
            topic: topic.name().to_owned(),
            partitions: i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX),
            id: None,
        })
        .collect())
}
