//! What is done by the clock.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The measurements of deadlines.
#[derive(Debug)]
pub struct TimerMetrics {
    fired: Family<[(&'static str, &'static str); 1], Counter>,
    overdue: Gauge,
}

impl TimerMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self { fired: Family::default(), overdue: Gauge::default() };
        registry.register("deadlines_fired", "Steps closed by their deadline", metrics.fired.clone());
        registry.register(
            "steps_overdue",
            "Steps whose time had come at the last look and that were not done with after it",
            metrics.overdue.clone(),
        );
        metrics
    }

    /// The deadline of `step` has closed it.
    pub fn fired(&self, step: &'static str) {
        self.fired.get_or_create(&[("step", step)]).inc();
    }

    /// So many steps are overdue.
    pub fn overdue(&self, steps: usize) {
        self.overdue.set(i64::try_from(steps).unwrap_or(i64::MAX));
    }
}
