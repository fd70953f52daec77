//! How large a batch a topic takes.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use testbed::failure::{Failure, Result};
use tokio::runtime::Handle;

/// Room for one message of the services, and not for two.
const NARROW: &str = "900";
/// No room for any message.
const NONE: &str = "60";
/// Kafka's default.
const WIDE: &str = "1048588";
/// How long Kafka may be away while a limit is to be lifted.
const PATIENCE: Duration = Duration::from_secs(90);

/// A client that may change topics.
pub(crate) struct Limits {
    admin: AdminClient<DefaultClientContext>,
    runtime: Handle,
}

impl Limits {
    /// The limits of the topics of this broker.
    pub(crate) fn of(brokers: &str, runtime: Handle) -> Result<Self> {
        let admin = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .create()
            .map_err(|error| Failure::new(format!("cannot manage topics: {error}")))?;
        Ok(Self { admin, runtime })
    }

    /// From now on a topic refuses all but the smallest batches: some of a producer's messages arrive,
    /// and others before them do not.
    pub(crate) fn narrow(&self, topic: &str) -> Result<()> {
        self.set(topic, NARROW)
    }

    /// From now on a topic refuses every message.
    pub(crate) fn shrink(&self, topic: &str) -> Result<()> {
        self.set(topic, NONE)
    }

    /// Lifts the limit again, whatever it takes.
    pub(crate) fn widen(&self, topic: &str) -> Result<()> {
        let begun = Instant::now();
        loop {
            match self.set(topic, WIDE) {
                Err(_) if begun.elapsed() < PATIENCE && !testbed::interrupt::raised() => {}
                done => return done,
            }
        }
    }

    fn set(&self, topic: &str, bytes: &str) -> Result<()> {
        let change = AlterConfig::new(ResourceSpecifier::Topic(topic)).set("max.message.bytes", bytes);
        let options = AdminOptions::new().request_timeout(Some(Duration::from_secs(5)));
        let failed = |error: String| Failure::new(format!("cannot set the limit of {topic}: {error}"));
        let changed = self
            .runtime
            .block_on(self.admin.alter_configs(&[change], &options))
            .map_err(|error| failed(error.to_string()))?;
        for topic in changed {
            topic.map_err(|(_, error)| failed(error.to_string()))?;
        }
        Ok(())
    }
}
