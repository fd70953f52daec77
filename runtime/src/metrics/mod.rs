//! What a service measures of itself, for `GET /metrics`.
//!
//! Every counter is looked up by its labels once, when a partition is taken over or a
//! route is made; what a batch did is added once, after its commit. The exposition
//! format is OpenMetrics 1.0, which every current Prometheus reads.

mod http;
mod inputs;
mod lanes;
mod open;
mod outbox;
mod spans;
mod stalls;
mod timers;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub(crate) use http::{HttpMetrics, RouteMetrics};
pub use inputs::{InputMetrics, Inputs};
pub use lanes::{LaneKind, LaneMetrics};
pub use open::OpenMetrics;
pub use outbox::OutboxMetrics;
pub use spans::SpanMetrics;
pub use stalls::StallMetrics;
pub use timers::TimerMetrics;

/// The content type of [`Metrics::text`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The measurements of one running service.
#[derive(Debug)]
pub struct Metrics {
    /// What the input partitions bring, and how far they are behind.
    pub inputs: Inputs,
    /// What the lanes do.
    pub lanes: LaneMetrics,
    /// For how long sagas have been open.
    pub open: OpenMetrics,
    /// The outbox: what waits for Kafka, and what was acknowledged.
    pub outbox: OutboxMetrics,
    /// Exported and dropped spans.
    pub spans: SpanMetrics,
    /// What stands still.
    pub stalls: StallMetrics,
    /// Deadlines and calls.
    pub timers: TimerMetrics,
    pub(crate) http: HttpMetrics,
    registry: Registry,
}

impl Metrics {
    /// The measurements of the service `service` of `saga`, all zero.
    pub fn new(saga: &'static str, service: &'static str) -> Self {
        let mut registry = Registry::with_prefix("saga");
        let labels = [("saga", saga), ("service", service), ("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The service and its runtime version", Info::new(labels));
        Self {
            inputs: Inputs::new(&mut registry),
            lanes: LaneMetrics::new(&mut registry),
            open: OpenMetrics::new(&mut registry),
            outbox: OutboxMetrics::new(&mut registry),
            spans: SpanMetrics::new(&mut registry),
            stalls: StallMetrics::new(&mut registry),
            timers: TimerMetrics::new(&mut registry),
            http: HttpMetrics::new(&mut registry),
            registry,
        }
    }

    /// All of them in OpenMetrics' text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// The upper bounds of histograms of durations, in seconds.
const SECONDS: [f64; 14] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
