//! What stands still.

use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The parts of a service that may stand still.
const PARTS: [&str; 4] = ["message lane", "request lane", "consumer", "outbox"];

/// For how long each part of a service has stood still although it has something to do.
#[derive(Debug)]
pub struct StallMetrics(Family<[(&'static str, &'static str); 1], Gauge>);

impl StallMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self(Family::default());
        registry.register(
            "stalled_seconds",
            "For how long a part of the service has stood still although it has work; /readyz says why",
            metrics.0.clone(),
        );
        metrics.last(std::iter::empty());
        metrics
    }

    /// These parts stand still, for so long; the others do not.
    pub fn last(&self, stalls: impl Iterator<Item = (&'static str, Duration)>) {
        let stalls: Vec<_> = stalls.collect();
        for part in PARTS {
            let lasts = stalls.iter().find(|(stalled, _)| *stalled == part);
            let seconds = lasts.map_or(0, |(_, lasts)| lasts.as_secs());
            self.0.get_or_create(&[("part", part)]).set(i64::try_from(seconds).unwrap_or(i64::MAX));
        }
    }
}
