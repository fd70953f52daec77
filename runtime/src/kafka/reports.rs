//! What the producer's client reports: deliveries and errors.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::{ClientContext, Message as _};
use tokio::sync::mpsc;

use super::producer::BATCH_BYTES;
use super::voice::Voice;
use crate::relay::{Cause, Delivery, Report};
use crate::topology::Topology;

/// What one client after another has in common.
pub(super) struct Shared {
    sender: mpsc::UnboundedSender<Report>,
    pub voice: Voice,
    /// Something went wrong that may be the client's end.
    suspect: AtomicBool,
    /// The credentials were refused, or those of the broker.
    unauthenticated: AtomicBool,
    /// A message was delivered.
    delivered: AtomicBool,
    /// The most bytes of a batch, as far as is known from what was refused.
    batch_bytes: AtomicUsize,
}

impl Shared {
    pub(super) fn new(sender: mpsc::UnboundedSender<Report>) -> Self {
        Self {
            sender,
            voice: Voice::of("producer"),
            suspect: AtomicBool::new(false),
            unauthenticated: AtomicBool::new(false),
            delivered: AtomicBool::new(false),
            batch_bytes: AtomicUsize::new(BATCH_BYTES),
        }
    }

    pub(super) fn send(&self, id: u64, delivery: Delivery) {
        // The relay ends only with its service, so no receiver misses the report then.
        let _ = self.sender.send(Report { id, delivery });
    }

    /// The client has ended: of the messages up to `last`, those without a report get none.
    pub(super) fn gone(&self, last: u64) {
        self.send(last, Delivery::Gone);
    }

    pub(super) fn suspect(&self) {
        self.suspect.store(true, Ordering::Relaxed);
    }

    /// Whether anything went wrong since the last call.
    pub(super) fn is_suspect(&self) -> bool {
        self.suspect.load(Ordering::Relaxed) && self.suspect.swap(false, Ordering::Relaxed)
    }

    /// Whether the credentials were refused since the last call.
    pub(super) fn is_unauthenticated(&self) -> bool {
        self.unauthenticated.load(Ordering::Relaxed) && self.unauthenticated.swap(false, Ordering::Relaxed)
    }

    /// Whether anything was delivered since the last call.
    pub(super) fn has_delivered(&self) -> bool {
        self.delivered.swap(false, Ordering::Relaxed)
    }

    pub(super) fn batch_bytes(&self) -> usize {
        self.batch_bytes.load(Ordering::Relaxed)
    }
}

/// Where one client's reports go.
pub(super) struct Reports {
    shared: Arc<Shared>,
    topology: Arc<Topology>,
    /// The most bytes of a batch of this client.
    batch_bytes: usize,
    /// How many messages of this client have a report.
    reported: Arc<AtomicU64>,
}

impl Reports {
    pub(super) fn new(shared: Arc<Shared>, topology: Arc<Topology>, batch_bytes: usize) -> Self {
        Self { shared, topology, batch_bytes, reported: Arc::default() }
    }

    /// Where it counts the messages that have a report.
    pub(super) fn reported(&self) -> Arc<AtomicU64> {
        self.reported.clone()
    }

    /// A message of `bytes` was refused as too large. If it is much smaller than a batch, the batch was
    /// too large, so the next client sends smaller ones.
    fn too_large(&self, topic: &str, bytes: usize) {
        // A limit that is known is read again every few seconds.
        if self.topology.limit(topic).is_none() && bytes * 2 <= self.batch_bytes {
            self.shared.batch_bytes.fetch_min(self.batch_bytes / 2, Ordering::Relaxed);
        }
    }
}

impl ClientContext for Reports {
    fn error(&self, cause: KafkaError, reason: &str) {
        self.shared.suspect();
        if let Some(
            RDKafkaErrorCode::Authentication
            | RDKafkaErrorCode::SaslAuthenticationFailed
            | RDKafkaErrorCode::SSL,
        ) = cause.rdkafka_error_code()
        {
            self.shared.unauthenticated.store(true, Ordering::Relaxed);
        }
        self.shared.voice.error(&cause, reason);
    }

    fn log(&self, level: RDKafkaLogLevel, kind: &str, line: &str) {
        self.shared.voice.log(level, kind, line);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, id: usize) {
        let delivery = match result {
            Ok(_) => {
                self.shared.delivered.store(true, Ordering::Relaxed);
                Delivery::Delivered
            }
            Err((error, message)) => {
                self.shared.suspect();
                let code = error.rdkafka_error_code();
                let topic = message.topic();
                let named = topic.strip_prefix(self.topology.prefix()).unwrap_or(topic);
                if let Some(RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::MessageBatchTooLarge) =
                    code
                {
                    self.too_large(named, message.key_len() + message.payload_len());
                }
                let refused = code.is_none_or(is_verdict);
                if refused {
                    let line =
                        format!("messages to {topic} could not be delivered, and are sent again: {error}");
                    self.shared.voice.report(&line, &line);
                }
                Delivery::Failed(Cause { reason: error.to_string(), refused })
            }
        };
        self.reported.fetch_add(1, Ordering::Relaxed);
        self.shared.send(id as u64, delivery);
    }
}

/// Whether an error is about the message or its topic, and not about the client or the connection.
fn is_verdict(code: RDKafkaErrorCode) -> bool {
    !matches!(
        code,
        RDKafkaErrorCode::Fatal
            | RDKafkaErrorCode::PurgeQueue
            | RDKafkaErrorCode::PurgeInflight
            | RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::AllBrokersDown
    )
}
