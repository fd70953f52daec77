//! What the input partitions bring, and how far they are behind.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::record::TopicPartition;

type ByTopic = Family<[(&'static str, &'static str); 1], Counter>;
type ByReason = Family<[(&'static str, &'static str); 2], Counter>;

/// The measurements of all input partitions.
#[derive(Debug)]
pub struct Inputs {
    consumed: ByTopic,
    applied: ByTopic,
    duplicates: ByTopic,
    parked: ByReason,
    dead: ByReason,
    stopped: Gauge,
    owned: Arc<Owned>,
}

/// The partitions this instance owns.
#[derive(Debug, Default)]
struct Owned(Mutex<BTreeMap<TopicPartition, Arc<Standing>>>);

/// Where a partition stands. Offsets are negative while they are not known.
#[derive(Debug)]
struct Standing {
    next_offset: AtomicI64,
    low: AtomicI64,
    high: AtomicI64,
    held: AtomicI64,
    parked: AtomicI64,
}

/// The measurements of one input partition, looked up at its take-over.
#[derive(Debug)]
pub struct InputMetrics {
    topic: &'static str,
    consumed: Counter,
    applied: Counter,
    duplicates: Counter,
    parked: ByReason,
    dead: ByReason,
    standing: Arc<Standing>,
}

impl Inputs {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let inputs = Self {
            consumed: Family::default(),
            applied: Family::default(),
            duplicates: Family::default(),
            parked: Family::default(),
            dead: Family::default(),
            stopped: Gauge::default(),
            owned: Arc::default(),
        };
        registry.register(
            "messages_consumed",
            "Messages whose outcome is committed",
            inputs.consumed.clone(),
        );
        registry.register("messages_applied", "Messages handled", inputs.applied.clone());
        registry.register("messages_duplicate", "Duplicates dropped", inputs.duplicates.clone());
        registry.register(
            "messages_parked",
            "Messages parked because they failed, or because an earlier one of their key did",
            inputs.parked.clone(),
        );
        registry.register("messages_dead", "Messages moved to the dead-letter table", inputs.dead.clone());
        registry.register(
            "partitions_stopped",
            "Partitions whose next message cannot be handled; /readyz says why",
            inputs.stopped.clone(),
        );
        registry.register_collector(Box::new(inputs.owned.clone()));
        inputs
    }

    /// The measurements of a partition that is taken over.
    pub fn owned(&self, origin: TopicPartition) -> InputMetrics {
        let topic = [("topic", origin.topic)];
        InputMetrics {
            topic: origin.topic,
            consumed: self.consumed.get_or_create_owned(&topic),
            applied: self.applied.get_or_create_owned(&topic),
            duplicates: self.duplicates.get_or_create_owned(&topic),
            parked: self.parked.clone(),
            dead: self.dead.clone(),
            standing: self.owned.lock().entry(origin).or_default().clone(),
        }
    }

    /// A partition was given up: another instance reports on it now.
    pub fn revoked(&self, origin: TopicPartition) {
        self.owned.lock().remove(&origin);
    }

    /// The first and the next offset of a partition, as reported by its broker.
    pub fn watermarks(&self, topic: &str, partition: i32, low: i64, high: i64) {
        let owned = self.owned.lock();
        let found = owned.iter().find(|(origin, _)| origin.topic == topic && origin.partition == partition);
        if let Some((_, standing)) = found {
            standing.low.store(low, Ordering::Relaxed);
            standing.high.store(high, Ordering::Relaxed);
        }
    }

    /// So many partitions stopped.
    pub fn stopped(&self, partitions: usize) {
        self.stopped.set(signed(partitions));
    }
}

impl InputMetrics {
    /// A batch is committed that took `consumed` messages of this partition off its queue.
    pub fn committed(&self, consumed: usize, applied: i64, duplicates: i64) {
        self.consumed.inc_by(consumed as u64);
        self.applied.inc_by(applied.unsigned_abs());
        self.duplicates.inc_by(duplicates.unsigned_abs());
    }

    /// A message was parked, for a `reason` out of a small set.
    pub fn parked(&self, reason: &'static str) {
        self.parked.get_or_create(&[("topic", self.topic), ("reason", reason)]).inc();
    }

    /// A message was given up, for a `reason` out of a small set.
    pub fn dead(&self, reason: &'static str) {
        self.dead.get_or_create(&[("topic", self.topic), ("reason", reason)]).inc();
    }

    /// Where the partition stands after a commit: the next offset, how many of its messages wait
    /// for an earlier one, and how many of its keys are parked.
    pub fn stands(&self, next_offset: i64, held: usize, parked: usize) {
        self.standing.next_offset.store(next_offset, Ordering::Relaxed);
        self.standing.held.store(signed(held), Ordering::Relaxed);
        self.standing.parked.store(signed(parked), Ordering::Relaxed);
    }
}

impl Default for Standing {
    fn default() -> Self {
        let unknown = || AtomicI64::new(-1);
        Self {
            next_offset: unknown(),
            low: unknown(),
            high: unknown(),
            held: AtomicI64::new(0),
            parked: AtomicI64::new(0),
        }
    }
}

impl Standing {
    /// How many messages are in the partition that no transaction has seen; `None` while
    /// the broker has not said how far the partition goes.
    fn lag(&self) -> Option<i64> {
        let [next, low, high] =
            [&self.next_offset, &self.low, &self.high].map(|offset| offset.load(Ordering::Relaxed));
        (high >= 0).then(|| (high - next.max(low).max(0)).max(0))
    }
}

impl Owned {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<TopicPartition, Arc<Standing>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gauge(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        (name, help): (&str, &str),
        of: impl Fn(&Standing) -> Option<i64>,
    ) -> fmt::Result {
        let owned = self.lock();
        let mut values =
            owned.iter().filter_map(|(origin, standing)| Some((origin, of(standing)?))).peekable();
        if values.peek().is_none() {
            return Ok(());
        }
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (origin, value) in values {
            let labels = ([("topic", origin.topic)], [("partition", origin.partition)]);
            metric.encode_family(&labels)?.encode_gauge(&value)?;
        }
        Ok(())
    }
}

impl Collector for Owned {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let read = |value: &AtomicI64| Some(value.load(Ordering::Relaxed));
        let held = ("held_messages", "Messages that wait for an earlier one from their source.");
        self.gauge(&mut encoder, held, |standing| read(&standing.held))?;
        let parked = ("parked_keys", "Keys whose messages are parked.");
        self.gauge(&mut encoder, parked, |standing| read(&standing.parked))?;
        let lag =
            ("consumer_lag_messages", "Messages in the partition that no transaction has processed yet.");
        self.gauge(&mut encoder, lag, Standing::lag)
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    const ORIGIN: TopicPartition = TopicPartition { topic: "order-created", partition: 2 };
    const LAG: &str = "saga_consumer_lag_messages{topic=\"order-created\",partition=\"2\"}";

    fn lag(metrics: &Metrics) -> Option<String> {
        let text = metrics.text();
        text.lines().find_map(|line| Some(line.strip_prefix(LAG)?.trim().to_owned()))
    }

    #[test]
    fn the_lag_is_known_once_the_broker_has_said_how_far_the_partition_goes() {
        let metrics = Metrics::new("order", "product");
        let input = metrics.inputs.owned(ORIGIN);
        assert_eq!(lag(&metrics), None);
        metrics.inputs.watermarks("order-created", 1, 0, 50);
        assert_eq!(lag(&metrics), None);
        metrics.inputs.watermarks("order-created", 2, 4, 50);
        assert_eq!(lag(&metrics).as_deref(), Some("46"), "retention has taken the first four");
        input.stands(20, 0, 0);
        assert_eq!(lag(&metrics).as_deref(), Some("30"));
        input.stands(51, 0, 0);
        assert_eq!(lag(&metrics).as_deref(), Some("0"), "what the broker said is older");
    }

    #[test]
    fn a_partition_that_was_given_up_is_not_told_of() {
        let metrics = Metrics::new("order", "product");
        metrics.inputs.owned(ORIGIN).stands(0, 3, 0);
        assert!(metrics.text().contains("saga_held_messages{topic=\"order-created\",partition=\"2\"} 3"));
        metrics.inputs.revoked(ORIGIN);
        assert!(!metrics.text().contains("partition=\"2\""));
    }
}
