//! Kafka, through librdkafka: the consumer thread, the producer, the topics, what
//! there is to ask about them, and the mock cluster of the embedded default.

pub mod consumer;
pub mod external;
pub mod group;
pub mod log;
pub mod producer;
mod raw;
mod reports;
pub mod security;
mod silence;
pub mod survey;
pub mod topics;
mod voice;

use std::borrow::Cow;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaResult;
use rdkafka::producer::BaseProducer;

pub use raw::MockCluster;
use security::Security;

/// How to reach Kafka.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaConfig {
    /// `host:port`, comma-separated.
    pub brokers: String,
    /// The number of partitions of a topic that has to be created.
    pub topic_partitions: i32,
    /// How clients and brokers prove to each other who they are.
    pub security: Security,
    /// What the names of topics and groups begin with, so that environments can share a cluster. Inside
    /// the service names have no prefix.
    pub prefix: &'static str,
    /// Whether the brokers are the mock cluster of the embedded default, which
    /// answers an empty fetch only after its full wait.
    pub mock: bool,
}

impl KafkaConfig {
    /// A name as it is on the cluster.
    pub fn on_cluster<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if self.prefix.is_empty() { name.into() } else { format!("{}{name}", self.prefix).into() }
    }

    /// The settings all clients share.
    fn client(&self, id: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", self.on_cluster(id).as_ref())
            .set("socket.keepalive.enable", "true")
            // Partitions that are added, and accepted, are written and read within so long.
            .set("topic.metadata.refresh.interval.ms", "10000")
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "5000");
        self.security.apply(&mut config);
        config
    }

    /// Whether a client can be created from it; does not wait for a broker.
    ///
    /// # Errors
    /// librdkafka says what it rejects, such as a file without a certificate.
    pub fn check(&self) -> KafkaResult<()> {
        self.client("check").create::<BaseProducer>().map(drop)
    }
}
