//! Traces: one for each instance of a saga, through all its services.
//!
//! What a service publishes always carries a `traceparent`, which continues that of the message or
//! request that caused it. When spans are exported, it names the span of what was handled, so
//! parents and children fit. A span is made after the commit of its transaction: what was rolled
//! back and tried again leaves none.

mod config;
#[cfg(feature = "otlp")]
mod otlp;
mod span;

use std::time::{Instant, SystemTime};

pub use config::{Sampler, TracesConfig};
pub(crate) use span::Attempt;
pub use span::{Kind, Span, Value};

#[cfg(feature = "otlp")]
use otlp::Exporter;

use crate::context::Note;
use crate::metrics::Metrics;
use crate::protocol::batch::Item;
use crate::service::Service;
use crate::wire::Trace;

/// A request that was answered.
pub(crate) struct Answered {
    /// The route's method.
    pub method: &'static str,
    /// The route's path.
    pub path: &'static str,
    /// The span of answering it.
    pub trace: Trace,
    /// When it arrived.
    pub began: Instant,
    /// The HTTP status of its answer.
    pub status: u16,
}

/// The way a service takes part in traces.
#[derive(Debug, Default)]
pub struct Traces {
    sampler: Sampler,
    exporter: Option<Exporter>,
}

/// A build without the feature `otlp` has none.
#[cfg(not(feature = "otlp"))]
#[derive(Debug)]
enum Exporter {}

#[cfg(not(feature = "otlp"))]
impl Exporter {
    fn start(_: &TracesConfig, _: &str, _: &str, _: &Metrics) -> Result<Self, String> {
        Err("this build cannot export traces; build it with `--features saga-runtime/otlp`".into())
    }

    fn export(&self, _: Span) {
        match *self {}
    }

    async fn stop(&self) {
        match *self {}
    }
}

impl Traces {
    /// Traces are continued, and nothing is exported.
    pub fn off() -> Self {
        Self::default()
    }

    /// Begins to export, if `config` says where to.
    pub fn start(config: &TracesConfig, saga: &str, service: &str, metrics: &Metrics) -> Self {
        if config.endpoint.is_none() {
            return Self::off();
        }
        match Exporter::start(config, saga, service, metrics) {
            Ok(exporter) => Self { sampler: config.sampler, exporter: Some(exporter) },
            Err(problem) => {
                tracing::warn!(
                    service,
                    problem,
                    "OTEL_EXPORTER_OTLP_ENDPOINT is set, but traces are not exported"
                );
                Self::off()
            }
        }
    }

    /// Whether spans are exported.
    pub fn is_on(&self) -> bool {
        self.exporter.is_some()
    }

    /// The next span after `parent`, a `traceparent`; the first of a new trace when it is not one.
    pub fn follow(&self, parent: Option<&str>) -> Trace {
        let trace = Trace::after(parent);
        if self.is_on() { Trace { sampled: self.sampler.samples(&trace), ..trace } } else { trace }
    }

    /// Exports the spans of messages whose transaction is committed. `traces` are those that something
    /// was published in, by the message's place among `items`.
    pub(crate) fn handled<S: Service>(
        &self,
        items: &[Item<'_, S::Input>],
        traces: &[(usize, Trace)],
        notes: &[Note],
        began: Instant,
    ) {
        let Some(exporter) = &self.exporter else { return };
        let (start, end) = since(began);
        for (at, item) in items.iter().enumerate() {
            let trace = match traces.binary_search_by_key(&at, |(cause, _)| *cause) {
                Ok(found) => traces[found].1,
                Err(_) => self.follow(item.record.header("traceparent")),
            };
            if trace.sampled {
                exporter.export(Span::message::<S>(trace, (start, end), &item.record, notes_of(notes, at)));
            }
        }
    }

    /// Exports the spans of requests that were answered, and whose transaction is committed.
    pub(crate) fn answered<S: Service>(&self, requests: impl Iterator<Item = Answered>, notes: &[Note]) {
        let Some(exporter) = &self.exporter else { return };
        for (at, request) in requests.enumerate() {
            if request.trace.sampled {
                exporter.export(Span::request::<S>(&request, since(request.began), notes_of(notes, at)));
            }
        }
    }

    /// Exports the spans of deadlines that have closed their steps, in a transaction that is committed:
    /// the step, the saga instance, and the place in the transaction.
    pub(crate) fn fired<'f, S: Service>(
        &self,
        deadlines: impl Iterator<Item = (usize, &'static str, &'f str)>,
        traces: &[(usize, Trace)],
        notes: &[Note],
        began: Instant,
    ) {
        let Some(exporter) = &self.exporter else { return };
        for (at, step, correlation) in deadlines {
            let known = traces.binary_search_by_key(&at, |(cause, _)| *cause);
            let trace = known.map_or_else(|_| self.follow(None), |found| traces[found].1);
            if trace.sampled {
                let notes = notes_of(notes, at);
                exporter.export(Span::deadline::<S>(trace, since(began), step, correlation, notes));
            }
        }
    }

    /// Exports the span of an attempt of a call that has ended.
    pub(crate) fn called<S: Service>(&self, trace: Trace, attempt: Attempt<'_>, began: Instant) {
        let Some(exporter) = self.exporter.as_ref().filter(|_| trace.sampled) else { return };
        exporter.export(Span::call::<S>(trace, since(began), attempt));
    }

    /// Sends what is left, within a bound.
    pub(crate) async fn stop(&self) {
        if let Some(exporter) = &self.exporter {
            exporter.stop().await;
        }
    }
}

/// The notes about the message at this place of a batch; they are in the order of the messages.
fn notes_of(notes: &[Note], at: usize) -> &[Note] {
    let start = notes.partition_point(|note| note.cause < at);
    let end = notes.partition_point(|note| note.cause <= at);
    &notes[start..end]
}

fn since(began: Instant) -> (SystemTime, SystemTime) {
    let now = SystemTime::now();
    (now.checked_sub(began.elapsed()).unwrap_or(now), now)
}
