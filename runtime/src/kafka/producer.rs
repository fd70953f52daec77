//! The producer: idempotent, acknowledged by all in-sync replicas.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, NoCustomPartitioner, Producer as _, ThreadedProducer};
use tokio::sync::mpsc;
use tracing::{debug, info, warn};

use super::reports::{Reports, Shared};
use super::silence::Silence;
use super::{KafkaConfig, raw};
use crate::mutation::{self, Mutation};
use crate::relay::{Cause, Delivery, Full, Publish, Report};
use crate::store::OutboxRow;
use crate::topology::Topology;
use crate::wire::OutgoingHeaders;

/// The most bytes of a batch to one partition, if no topic takes less.
pub(super) const BATCH_BYTES: usize = 1_000_000;
/// The longest wait before the next client after one that could not go on.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long no message may have a report while some are due. Usually one takes milliseconds.
const LONGEST_SILENCE: Duration = Duration::from_secs(20);

type Client = ThreadedProducer<Reports, NoCustomPartitioner>;

/// Publishes for the relay.
///
/// librdkafka's client ends for good after a fatal error, such as a right that is missing when it begins.
/// Then another one takes its place, later each time. So it does when Kafka has not answered for too long, and
/// when batches have become larger than a topic takes: their size is fixed when a client begins.
pub struct KafkaPublisher {
    config: KafkaConfig,
    id: String,
    topology: Arc<Topology>,
    shared: Arc<Shared>,
    client: Option<Client>,
    /// The fingerprint of the credentials it was made with.
    credentials: u64,
    /// The most bytes of a batch of the present client.
    batch_bytes: usize,
    /// The id of the message that was published last.
    last_id: u64,
    /// How many messages the present client has been given, and how many of those have a report.
    sent: u64,
    reported: Arc<AtomicU64>,
    /// How many of them had one at the last look.
    seen: u64,
    silence: Silence,
    failures: u32,
    /// Why the last client ended, until another one has delivered something.
    trouble: Option<String>,
    /// Not before is the next client started.
    next: Instant,
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
        let mut publisher = Self {
            config: config.clone(),
            id: id.to_owned(),
            topology,
            shared: Arc::new(Shared::new(sender)),
            client: None,
            credentials: 0,
            batch_bytes: BATCH_BYTES,
            last_id: 0,
            sent: 0,
            reported: Arc::default(),
            seen: 0,
            silence: Silence::default(),
            failures: 0,
            trouble: None,
            next: Instant::now(),
        };
        publisher.start()?;
        Ok((publisher, reports))
    }

    fn start(&mut self) -> KafkaResult<()> {
        self.batch_bytes = self.target();
        self.credentials = self.config.security.fingerprint();
        let reports = Reports::new(self.shared.clone(), self.topology.clone(), self.batch_bytes);
        (self.sent, self.seen, self.silence) = (0, 0, Silence::default());
        self.reported = reports.reported();
        let client = self
            .config
            .client(&self.id)
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // A message is never given up: an outage is not its failure.
            .set("message.timeout.ms", "0")
            .set("message.max.bytes", "1048576")
            .set("batch.size", self.batch_bytes.to_string())
            .set("queue.buffering.max.messages", "100000")
            .set("queue.buffering.max.kbytes", "65536")
            .set("linger.ms", "1")
            .create_with_context(reports)?;
        self.client = Some(client);
        Ok(())
    }

    /// The most bytes that a batch should have: one larger than its topic takes is refused as a whole. A
    /// message that is larger goes alone.
    fn target(&self) -> usize {
        // Less what a batch adds to its messages.
        let least = self.topology.least_limit().map_or(BATCH_BYTES, |least| least - (least / 4).min(1_024));
        self.shared.batch_bytes().min(least).clamp(1, BATCH_BYTES)
    }

    /// Ends the client if it cannot go on as it is.
    fn judge(&mut self) {
        let Some(client) = &self.client else { return };
        if self.shared.is_suspect()
            && let Some((code, reason)) = client.client().fatal_error()
        {
            let line = format!(
                "the producer cannot go on, and another one takes its place: {code}: {reason}{}",
                remedy(code)
            );
            self.shared.voice.report(&format!("fatal {code}"), &line);
            self.trouble = Some(line);
            // What was delivered before says nothing about the next one.
            self.shared.has_delivered();
            self.failures += 1;
            let wait = Duration::from_millis(250 << self.failures.min(7)).min(LONGEST_WAIT);
            self.end(wait);
            return;
        }
        if self.shared.is_unauthenticated() && self.config.security.fingerprint() != self.credentials {
            info!("the producer's credentials were refused, and there are new ones");
            self.end(Duration::ZERO);
            return;
        }
        if let Some(silent) = self.silent(Instant::now()) {
            let line = format!(
                "Kafka has acknowledged nothing for {} s, and another producer takes the place of this one",
                silent.as_secs()
            );
            self.shared.voice.report("silence", &line);
            self.trouble = Some(line);
            self.shared.has_delivered();
            self.end(Duration::ZERO);
            return;
        }
        if self.trouble.is_some() && self.shared.has_delivered() {
            (self.trouble, self.failures) = (None, 0);
        }
        let target = self.target();
        if target < self.batch_bytes || target / 2 > self.batch_bytes {
            info!(bytes = target, "the size of batches changes to what all topics take");
            self.end(Duration::ZERO);
        }
    }

    /// For how long no message of the present client had a report although some are due, once that is too long.
    fn silent(&mut self, now: Instant) -> Option<Duration> {
        let reported = self.reported.load(Ordering::Relaxed);
        if reported != self.seen || reported == self.sent {
            self.silence.ends();
        }
        self.seen = reported;
        if reported < self.sent {
            self.silence.begins(now);
        }
        self.silence.is_too_long(LONGEST_SILENCE, now)
    }

    fn end(&mut self, wait: Duration) {
        self.next = Instant::now() + wait;
        let (client, shared, last) = (self.client.take(), self.shared.clone(), self.last_id);
        // It waits for its threads.
        std::thread::spawn(move || {
            drop(client);
            shared.gone(last);
        });
    }
}

/// What helps, where it is known.
fn remedy(code: RDKafkaErrorCode) -> &'static str {
    match code {
        RDKafkaErrorCode::ClusterAuthorizationFailed => {
            ". It needs the right to write to the service's topics (before Kafka 2.8 also IdempotentWrite on the cluster)"
        }
        _ => "",
    }
}

impl Publish for KafkaPublisher {
    fn is_ready(&mut self) -> bool {
        self.judge();
        if self.client.is_none() && Instant::now() >= self.next {
            match self.start() {
                Ok(()) => debug!("a new producer has started"),
                Err(error) => {
                    self.shared.voice.report("start", &format!("cannot start a producer: {error}"));
                    self.next = Instant::now() + LONGEST_WAIT;
                }
            }
        }
        self.client.is_some()
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.clone()
    }

    fn takes(&self, topic: &str) -> bool {
        self.topology.takes(topic)
    }

    fn publish(&mut self, id: u64, row: &OutboxRow, bytes: &[u8]) -> Result<(), Full> {
        let Some(client) = &self.client else { return Err(Full) };
        let text = &bytes[row.headers.clone()];
        // The outbox holds what this runtime wrote.
        let sent = OutgoingHeaders::read(text).unwrap_or_default();
        let headers = sent.headers.iter();
        let headers = headers.map(|(name, value)| (&*name.0, value.as_ref().map(|value| &*value.0)));
        let topic = self.config.on_cluster(&row.topic);
        let mut record = BaseRecord::with_opaque_to(&topic, id as usize)
            .partition(row.partition)
            .headers(raw::owned(headers));
        if !sent.null_value {
            record = record.payload(&bytes[row.value.clone()]);
        }
        if !sent.null_key && !mutation::active(Mutation::MissingKey) {
            record = record.key(&bytes[row.key.clone()]);
        }
        match client.send(record).map_err(|(error, _)| error) {
            Ok(()) => self.sent += 1,
            Err(error) => match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::QueueFull) => {
                    warn!("the producer's queue is full: Kafka takes messages more slowly than they come");
                    return Err(Full);
                }
                Some(RDKafkaErrorCode::Fatal) => {
                    self.shared.suspect();
                    return Err(Full);
                }
                // It would be refused again and again, and everything behind it would wait.
                _ => {
                    self.shared.send(id, Delivery::Failed(Cause { reason: error.to_string(), refused: true }))
                }
            },
        }
        self.last_id = id;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
