//! One message as an external producer sends it: without a header of ours.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};

use super::KafkaConfig;

const TIMEOUT: Duration = Duration::from_secs(10);

/// What became of the message.
#[derive(Default)]
struct Fate(Mutex<Option<KafkaError>>);

impl ClientContext for Fate {
    /// The reason is in the report.
    fn log(&self, _: rdkafka::config::RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, _: KafkaError, _: &str) {}
}

impl ProducerContext for Fate {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        }
    }
}

/// Publishes one message, and waits until Kafka has it.
///
/// # Errors
/// When Kafka does not take it within ten seconds.
pub fn publish(config: &KafkaConfig, topic: &str, key: &str, body: &[u8]) -> KafkaResult<()> {
    let timeout = TIMEOUT.as_millis().to_string();
    let producer: BaseProducer<Fate> =
        config.client("external").set("message.timeout.ms", timeout).create_with_context(Fate::default())?;
    let name = config.on_cluster(topic);
    let record = BaseRecord::to(name.as_ref()).key(key).payload(body);
    producer.send(record).map_err(|(error, _)| error)?;
    producer.flush(TIMEOUT)?;
    let failed = producer.context().0.lock().unwrap_or_else(PoisonError::into_inner).take();
    failed.map_or(Ok(()), Err)
}
