//! Spans by OTLP, as protobuf over HTTP: a thread of its own sends what a bounded queue holds.
//! Whatever the collector does, the service only ever tries to put a span into that queue.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{Request, Response};
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{
    Protocol, SpanExporter as OtlpExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanEvents, SpanExporter, SpanLinks, SpanProcessor as _,
};
use tracing::{debug, warn};
use uuid::Uuid;

use super::{Kind, Span, TracesConfig, Value};
use crate::metrics::{Metrics, SpanMetrics};

/// How long the shutdown waits for the last spans.
const LAST: Duration = Duration::from_secs(2);
/// How often the log reports that spans are dropped.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// Sends spans to a collector.
#[derive(Debug)]
pub(super) struct Exporter {
    processor: Arc<BatchSpanProcessor>,
    scope: InstrumentationScope,
    queue: Arc<Queue>,
    limit: usize,
}

/// What is queued and not sent, and what became of the rest.
#[derive(Debug)]
struct Queue {
    waiting: AtomicUsize,
    metrics: SpanMetrics,
    last_report: Mutex<Option<Instant>>,
}

impl Exporter {
    pub(super) fn start(
        config: &TracesConfig,
        saga: &str,
        service: &str,
        metrics: &Metrics,
    ) -> Result<Self, String> {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(config.timeout))
            .http_status_as_error(false)
            .build();
        let otlp = OtlpExporter::builder()
            .with_http()
            .with_http_client(Client(agent.into()))
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(config.endpoint.clone().unwrap_or_default())
            .with_timeout(config.timeout)
            .build()
            .map_err(|error| error.to_string())?;
        let queue = Queue {
            waiting: AtomicUsize::new(0),
            metrics: metrics.spans.clone(),
            last_report: Mutex::new(None),
        };
        let queue = Arc::new(queue);
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(config.queue)
            .with_max_export_batch_size(config.batch)
            .with_scheduled_delay(config.delay)
            .build();
        let counting = Counting { otlp, queue: queue.clone() };
        let mut processor = BatchSpanProcessor::builder(counting).with_batch_config(batches).build();
        processor.set_resource(&resource(config, saga, service));
        let scope =
            InstrumentationScope::builder("saga-runtime").with_version(env!("CARGO_PKG_VERSION")).build();
        Ok(Self { processor: Arc::new(processor), scope, queue, limit: config.queue })
    }

    /// Queues a span, or drops it when the queue is full.
    pub(super) fn export(&self, span: Span) {
        if self.queue.waiting.fetch_add(1, Ordering::Relaxed) >= self.limit {
            self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
            self.queue.metrics.dropped(1);
            self.queue.lost("the span queue is full");
            return;
        }
        self.processor.on_end(span_data(span, &self.scope));
    }

    /// Sends what is queued, within a bound.
    pub(super) async fn stop(&self) {
        let processor = self.processor.clone();
        let stopped = tokio::task::spawn_blocking(move || processor.shutdown_with_timeout(LAST)).await;
        if !matches!(stopped, Ok(Ok(()))) {
            let spans = self.queue.waiting.load(Ordering::Relaxed);
            warn!(spans, "the last spans could not be exported");
        }
    }
}

impl Queue {
    /// Logs it, but not every time.
    fn lost(&self, why: &str) {
        let mut last_report = self.last_report.lock().unwrap_or_else(PoisonError::into_inner);
        if last_report.is_none_or(|last_report| last_report.elapsed() >= REPORT_EVERY) {
            *last_report = Some(Instant::now());
            warn!(why, "spans dropped; saga_spans_total counts them");
        } else {
            debug!(why, "spans dropped");
        }
    }
}

/// What all spans of this process have in common.
fn resource(config: &TracesConfig, saga: &str, service: &str) -> Resource {
    let given = config.attributes.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let named = config.attributes.iter().find(|(key, _)| key == "service.name").map(|(_, name)| name.clone());
    let name = config.service.clone().or(named).unwrap_or_else(|| service.to_owned());
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attribute(KeyValue::new("service.namespace", saga.to_owned()))
        .with_attribute(KeyValue::new("service.instance.id", Uuid::new_v4().to_string()))
        .with_attributes(given)
        .with_attribute(KeyValue::new("service.name", name))
        .build()
}

fn span_data(span: Span, scope: &InstrumentationScope) -> SpanData {
    let Span { trace, kind, name, start, end, attributes } = span;
    let value = |value| match value {
        Value::Text(text) => opentelemetry::Value::from(text),
        Value::Number(number) => opentelemetry::Value::from(number),
    };
    SpanData {
        span_context: SpanContext::new(
            TraceId::from(trace.trace),
            SpanId::from(trace.span),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        ),
        parent_span_id: trace.parent.map_or(SpanId::INVALID, SpanId::from),
        parent_span_is_remote: trace.parent.is_some(),
        span_kind: match kind {
            Kind::Consumer => SpanKind::Consumer,
            Kind::Server => SpanKind::Server,
            Kind::Client => SpanKind::Client,
            Kind::Internal => SpanKind::Internal,
        },
        name: name.into(),
        start_time: start,
        end_time: end,
        attributes: attributes.into_iter().map(|(key, it)| KeyValue::new(key, value(it))).collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: scope.clone(),
    }
}

/// Counts the spans it passes on, by result.
#[derive(Debug)]
struct Counting {
    otlp: OtlpExporter,
    queue: Arc<Queue>,
}

impl SpanExporter for Counting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.queue.waiting.fetch_sub(spans, Ordering::Relaxed);
        let exported = self.otlp.export(batch).await;
        match &exported {
            Ok(()) => self.queue.metrics.exported(spans),
            Err(error) => {
                self.queue.metrics.failed(spans);
                self.queue.lost(&error.to_string());
            }
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.otlp.set_resource(resource);
    }
}

/// The HTTP client, which blocks: the exporter has a thread of its own.
struct Client(ureq::Agent);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

impl HttpClient for Client {
    // What `async_trait` would write: the trait is not worth that crate.
    fn send_bytes<'a, 'f>(&'a self, request: Request<Bytes>) -> Sending<'f>
    where
        'a: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let response = self.0.run(Request::from_parts(parts, &body[..]))?;
            let (parts, mut body) = response.into_parts();
            Ok(Response::from_parts(parts, body.read_to_vec()?.into()))
        })
    }
}
