//! Exported and dropped spans.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// The measurements of the export of traces.
#[derive(Debug, Clone)]
pub struct SpanMetrics(Family<[(&'static str, &'static str); 1], Counter>);

impl SpanMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let spans = Family::default();
        registry.register("spans", "Trace spans, by result", spans.clone());
        Self(spans)
    }

    /// So many spans were exported.
    pub fn exported(&self, spans: usize) {
        self.count("exported", spans);
    }

    /// So many spans could not be sent and were dropped.
    pub fn failed(&self, spans: usize) {
        self.count("failed", spans);
    }

    /// So many spans found the queue full and were dropped.
    pub fn dropped(&self, spans: usize) {
        self.count("dropped", spans);
    }

    fn count(&self, result: &'static str, spans: usize) {
        self.0.get_or_create(&[("result", result)]).inc_by(spans as u64);
    }
}
