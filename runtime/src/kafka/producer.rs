//! The producer: idempotent, acknowledged by all in-sync replicas.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::producer::{BaseRecord, DeliveryResult, NoCustomPartitioner, ProducerContext, ThreadedProducer};
use tokio::sync::mpsc;
use tracing::{error, warn};

use super::{KafkaConfig, raw};
use crate::mutation::{self, Mutation};
use crate::relay::{Full, Publish, Report};
use crate::store::OutboxRow;
use crate::topology::Topology;
use crate::wire::OutgoingHeaders;

/// How often the log reports that messages are not delivered.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// Publishes for the relay.
pub struct KafkaPublisher {
    producer: ThreadedProducer<Reports, NoCustomPartitioner>,
    topology: Arc<Topology>,
}

/// Where delivery reports go.
struct Reports {
    sender: mpsc::UnboundedSender<Report>,
    /// When the log last reported that a message was not delivered.
    last_report: Mutex<Option<Instant>>,
}

impl Reports {
    /// Logs the failure, but not for each of the ten thousand messages of a window.
    fn report_failure(&self, error: &KafkaError) {
        let mut last_report = self.last_report.lock().unwrap_or_else(PoisonError::into_inner);
        if last_report.is_none_or(|last_report| last_report.elapsed() >= REPORT_EVERY) {
            *last_report = Some(Instant::now());
            error!(%error, "messages could not be delivered; they will be resent");
        }
    }
}

impl ClientContext for Reports {
    fn error(&self, cause: KafkaError, reason: &str) {
        warn!(%cause, reason, "Kafka producer error");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, id: usize) {
        if let Err((error, _)) = result {
            self.report_failure(error);
        }
        // The relay ends only with its service, so no receiver misses the report then.
        let _ = self.sender.send(Report { id: id as u64, delivered: result.is_ok() });
    }
}

impl KafkaPublisher {
    /// A publisher whose reports arrive on the returned channel. It sends nothing to a topic that
    /// has changed.
    ///
    /// # Errors
    /// When librdkafka rejects the configuration.
    pub fn new(
        config: &KafkaConfig,
        id: &str,
        topology: Arc<Topology>,
    ) -> KafkaResult<(Self, mpsc::UnboundedReceiver<Report>)> {
        let (sender, reports) = mpsc::unbounded_channel();
        let producer = config
            .client(id)
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // A message is never given up: an outage is not its failure.
            .set("message.timeout.ms", "0")
            .set("message.max.bytes", "1048576")
            .set("queue.buffering.max.messages", "100000")
            .set("queue.buffering.max.kbytes", "65536")
            .set("linger.ms", "1")
            .create_with_context(Reports { sender, last_report: Mutex::new(None) })?;
        Ok((Self { producer, topology }, reports))
    }
}

impl Publish for KafkaPublisher {
    fn takes(&self, topic: &str) -> bool {
        self.topology.takes(topic)
    }

    fn publish(&mut self, id: u64, row: &OutboxRow, bytes: &[u8]) -> Result<(), Full> {
        let text = &bytes[row.headers.clone()];
        // The outbox holds what this runtime wrote.
        let sent = OutgoingHeaders::read(text).unwrap_or_default();
        let headers = sent.headers.iter();
        let headers = headers.map(|(name, value)| (&*name.0, value.as_ref().map(|value| &*value.0)));
        let mut record = BaseRecord::with_opaque_to(&row.topic, id as usize)
            .partition(row.partition)
            .headers(raw::owned(headers));
        if !sent.null_value {
            record = record.payload(&bytes[row.value.clone()]);
        }
        if !sent.null_key && !mutation::active(Mutation::MissingKey) {
            record = record.key(&bytes[row.key.clone()]);
        }
        self.producer.send(record).map_err(|(error, _)| {
            warn!(%error, "the producer accepts no more messages for now");
            Full
        })
    }
}
