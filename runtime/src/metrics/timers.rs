//! What is done by the clock: deadlines, and the attempts of calls.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::SECONDS;

type Step = [(&'static str, &'static str); 1];

/// The measurements of deadlines and calls.
#[derive(Debug)]
pub struct TimerMetrics {
    fired: Family<Step, Counter>,
    overdue: Gauge,
    attempts: Family<[(&'static str, &'static str); 2], Counter>,
    in_flight: Family<Step, Gauge>,
    seconds: Family<Step, Histogram>,
    given_up: Family<Step, Counter>,
}

impl TimerMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            fired: Family::default(),
            overdue: Gauge::default(),
            attempts: Family::default(),
            in_flight: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            given_up: Family::default(),
        };
        registry.register("deadlines_fired", "Steps closed by their deadline", metrics.fired.clone());
        registry.register(
            "steps_overdue",
            "Steps whose time had come at the last look and that were not done with after it",
            metrics.overdue.clone(),
        );
        registry.register(
            "call_attempts",
            "Attempts of calls, by what came of them",
            metrics.attempts.clone(),
        );
        registry.register("calls_in_flight", "Calls that are not answered yet", metrics.in_flight.clone());
        registry.register(
            "call_duration_seconds",
            "Time from the start of an attempt to its answer or timeout",
            metrics.seconds.clone(),
        );
        registry.register(
            "calls_given_up",
            "Calls whose retries were exhausted, and whose outcome is unknown",
            metrics.given_up.clone(),
        );
        metrics
    }

    /// An attempt of the call of `step` begins.
    pub fn called(&self, step: &'static str) {
        self.in_flight.get_or_create(&[("step", step)]).inc();
    }

    /// It has ended with this result, and took so long.
    pub fn answered(&self, step: &'static str, result: &'static str, took: Duration) {
        self.in_flight.get_or_create(&[("step", step)]).dec();
        self.attempts.get_or_create(&[("step", step), ("result", result)]).inc();
        self.seconds.get_or_create(&[("step", step)]).observe(took.as_secs_f64());
    }

    /// The call of `step` is given up.
    pub fn gave_up(&self, step: &'static str) {
        self.given_up.get_or_create(&[("step", step)]).inc();
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
