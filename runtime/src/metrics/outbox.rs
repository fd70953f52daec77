//! The outbox: what waits for Kafka, and what was acknowledged.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

/// The measurements of the relay.
#[derive(Debug)]
pub struct OutboxMetrics {
    published: Counter,
    failed: Counter,
    waiting: Arc<Waiting>,
}

/// Messages that are committed and not acknowledged.
#[derive(Debug, Default)]
struct Waiting {
    messages: AtomicI64,
    /// Partitions that are kept waiting by a message that Kafka does not take.
    stuck: AtomicI64,
    /// When the oldest was committed, in microseconds since 1970; zero when there is none.
    oldest: AtomicU64,
}

impl OutboxMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics =
            Self { published: Counter::default(), failed: Counter::default(), waiting: Arc::default() };
        registry.register(
            "messages_published",
            "Messages acknowledged by all in-sync replicas",
            metrics.published.clone(),
        );
        registry.register(
            "deliveries_failed",
            "Failed deliveries to Kafka; each is retried",
            metrics.failed.clone(),
        );
        registry.register_collector(Box::new(metrics.waiting.clone()));
        metrics
    }

    /// Kafka reported on a message.
    pub fn reported(&self, delivered: bool) {
        if delivered { &self.published } else { &self.failed }.inc();
    }

    /// For how long the oldest message has waited; none if none waits.
    pub fn oldest_age(&self) -> Option<Duration> {
        let oldest = Duration::from_micros(self.waiting.oldest.load(Ordering::Relaxed));
        let age = || SystemTime::now().duration_since(UNIX_EPOCH + oldest).unwrap_or_default();
        (!oldest.is_zero()).then(age)
    }

    /// So many messages wait, the oldest since `oldest`.
    pub fn waits(&self, messages: i64, oldest: Option<SystemTime>) {
        let since = oldest.and_then(|oldest| oldest.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        self.waiting.messages.store(messages, Ordering::Relaxed);
        self.waiting.oldest.store(since.as_micros() as u64, Ordering::Relaxed);
    }
}

impl OutboxMetrics {
    /// So many partitions wait behind a message that Kafka does not take.
    pub fn stuck(&self, partitions: usize) {
        self.waiting.stuck.store(i64::try_from(partitions).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

impl Waiting {
    /// For how long the oldest has waited. Computed when it is read, so it grows even
    /// if the relay stands still.
    fn age(&self) -> Duration {
        match self.oldest.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => (UNIX_EPOCH + Duration::from_micros(since)).elapsed().unwrap_or_default(),
        }
    }
}

impl Collector for Waiting {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let depth = ConstGauge::new(self.messages.load(Ordering::Relaxed));
        let help = "Messages committed but not yet acknowledged by Kafka.";
        depth.encode(encoder.encode_descriptor("outbox_messages", help, None, MetricType::Gauge)?)?;
        let stuck = ConstGauge::new(self.stuck.load(Ordering::Relaxed));
        let help = "Messages that Kafka does not take; each holds up what is behind it to its partition.";
        stuck.encode(encoder.encode_descriptor("outbox_stuck_messages", help, None, MetricType::Gauge)?)?;
        let age = ConstGauge::new(self.age().as_secs_f64());
        let help = "Age of the oldest message not yet acknowledged by Kafka; 0 when there is none.";
        age.encode(encoder.encode_descriptor("outbox_oldest_age_seconds", help, None, MetricType::Gauge)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn the_age_grows_between_reports() {
        let metrics = Metrics::new("order", "order");
        metrics.outbox.waits(2, SystemTime::now().checked_sub(Duration::from_secs(90)));
        let age = metrics.outbox.waiting.age();
        assert!((90.0..91.0).contains(&age.as_secs_f64()), "{age:?}");
        std::thread::sleep(Duration::from_millis(2));
        assert!(metrics.outbox.waiting.age() > age);
        metrics.outbox.waits(0, None);
        assert!(metrics.text().contains("saga_outbox_oldest_age_seconds 0.0\n"), "{}", metrics.text());
    }
}
