//! For how long sagas have been open.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

/// The ages of the oldest open rows.
#[derive(Debug)]
pub struct OpenMetrics(Arc<Oldest>);

/// By table, what its age was and when.
#[derive(Debug, Default)]
struct Oldest(Mutex<BTreeMap<&'static str, Option<(Duration, Instant)>>>);

impl OpenMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let oldest = Arc::<Oldest>::default();
        registry.register_collector(Box::new(oldest.clone()));
        Self(oldest)
    }

    /// The oldest open row of a table is so old now, if there is one.
    pub fn oldest(&self, table: &'static str, age: Option<Duration>) {
        let mut tables = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        tables.insert(table, age.map(|age| (age, Instant::now())));
    }
}

impl Collector for Oldest {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tables.is_empty() {
            return Ok(());
        }
        let help = "Age of the oldest row whose saga has not ended; 0 when there is none.";
        let mut metric =
            encoder.encode_descriptor("open_oldest_age_seconds", help, None, MetricType::Gauge)?;
        for (table, oldest) in tables.iter() {
            // It keeps growing while the database is unavailable.
            let age = oldest.map_or(Duration::ZERO, |(age, at)| age + at.elapsed());
            ConstGauge::new(age.as_secs_f64()).encode(metric.encode_family(&[("table", *table)])?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn the_age_grows_between_two_looks() {
        let metrics = Metrics::new("order", "order");
        let age = || {
            let text = metrics.text();
            let sample = "saga_open_oldest_age_seconds{table=\"order_tb\"} ";
            text.lines().find_map(|line| line.strip_prefix(sample)?.trim().parse::<f64>().ok())
        };
        assert_eq!(age(), None, "no look yet");
        metrics.open.oldest("order_tb", Some(Duration::from_secs(90)));
        let before = age().expect("a sample");
        assert!((90.0..91.0).contains(&before), "{before}");
        std::thread::sleep(Duration::from_millis(2));
        assert!(age().expect("a sample") > before);
        metrics.open.oldest("order_tb", None);
        assert_eq!(age(), Some(0.0));
    }
}
