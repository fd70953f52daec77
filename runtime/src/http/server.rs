//! The HTTP server of a service.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, get, on, options};
use tokio::sync::mpsc;

use super::health::Health;
use super::params::{FoundParams, matched};
use super::reader::Reader;
use super::writer::Writer;
use crate::column::ColumnType;
use crate::lane::requests::{Job, Problem};
use crate::metrics::{CONTENT_TYPE, Metrics, RouteMetrics};
use crate::relay::RelayHandle;
use crate::service::{Method, Read, ReadKind, Routes, Service, prefix};
use crate::store::Store;
use crate::traces::Traces;

/// What the server needs of its service.
pub struct Server<S: Service, D: Store> {
    /// The routes.
    pub routes: Routes<S>,
    /// The database, for reads.
    pub store: D,
    /// The lane, for writes.
    pub jobs: mpsc::Sender<Job<S>>,
    /// How far Kafka is behind.
    pub relay: RelayHandle,
    /// The state reported at `/readyz`.
    pub health: Arc<Health>,
    /// Its metrics.
    pub metrics: Arc<Metrics>,
    /// How traces are continued.
    pub traces: Arc<Traces>,
}

/// Where the HTTP interface is described.
const OPENAPI_PATH: &str = "/openapi.json";

pub(super) fn router<S: Service, D: Store>(server: Server<S, D>) -> Router {
    let Server { routes, store, jobs, relay, health, metrics, traces } = server;
    let mut router = with_options(&routes);
    for write in routes.writes {
        let (method, path) = (write.method, write.path);
        let measurements = metrics.http.route(method.as_str(), path);
        let (jobs, relay, traces) = (jobs.clone(), relay.clone(), traces.clone());
        let writer = Arc::new(Writer { write, jobs, relay, traces });
        let handler = move |params: FoundParams, headers: HeaderMap, body: Bytes| async move {
            writer.answer(params, &headers, &body).await.unwrap_or_else(IntoResponse::into_response)
        };
        router = router.route(&matched(path), measured(on(filter(method), handler), measurements));
    }
    for read in routes.reads {
        let measurements = metrics.http.route("GET", read.path);
        let paths = read_at(&read);
        let reader = Arc::new(Reader { read, store: store.clone() });
        for path in paths {
            let reader = reader.clone();
            let handler = move |params: FoundParams, RawQuery(query): RawQuery| async move {
                reader.answer(params, query.as_deref()).await.unwrap_or_else(IntoResponse::into_response)
            };
            router = router.route(&matched(path), measured(get(handler), measurements.clone()));
        }
    }
    let state = health.clone();
    let other = metrics.http.route("other", "other");
    let others = other.clone();
    if let Some(document) = S::OPENAPI {
        let kind = [(header::CONTENT_TYPE, "application/json")];
        router = router.route(OPENAPI_PATH, get(move || async move { (kind, document) }));
    }
    router
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(move || async move { readyz(&health) }))
        .route("/metrics", get(move || async move { exposition(&metrics, &state) }))
        .fallback(move || async move { refuse(&other, StatusCode::NOT_FOUND, "no such path") })
        .method_not_allowed_fallback(move || async move {
            refuse(&others, StatusCode::METHOD_NOT_ALLOWED, "method not allowed on this path")
        })
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}

/// The paths of a reading route. No parameter of a path matches the empty text, which is a key like others.
fn read_at(read: &Read) -> Vec<&'static str> {
    let can_be_empty = read.kind == ReadKind::One && read.table.key().ty == ColumnType::Text;
    [Some(read.path), prefix(read.path).filter(|_| can_be_empty)].into_iter().flatten().collect()
}

/// Answers `OPTIONS` of every path with the methods it has.
fn with_options<S: Service>(routes: &Routes<S>) -> Router {
    let mut paths: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let health = ["/livez", "/readyz", "/metrics"].into_iter();
    let health = health.chain(S::OPENAPI.map(|_| OPENAPI_PATH)).map(|path| ("GET", path));
    for (method, path) in routes.paths().chain(health) {
        let methods = paths.entry(matched(path)).or_default();
        methods.push(method);
        if method == "GET" {
            methods.push("HEAD");
        }
    }
    paths.into_iter().fold(Router::new(), |router, (path, mut methods)| {
        methods.push("OPTIONS");
        let allow = methods.join(", ");
        router.route(&path, options(|| async { (StatusCode::NO_CONTENT, [(header::ALLOW, allow)]) }))
    })
}

/// Counts and times what a route answers.
fn measured(methods: MethodRouter, route: RouteMetrics) -> MethodRouter {
    methods.route_layer(from_fn_with_state(route, measure))
}

async fn measure(State(route): State<RouteMetrics>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let response = next.run(request).await;
    route.answered(response.status().as_u16(), began.elapsed());
    response
}

/// Answers what no route does.
fn refuse(other: &RouteMetrics, status: StatusCode, detail: &str) -> Problem {
    other.answered(status.as_u16(), Duration::ZERO);
    Problem::new(status, detail)
}

fn exposition(metrics: &Metrics, health: &Health) -> Response {
    metrics.inputs.stopped(health.stopped_count());
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics.text()).into_response()
}

fn readyz(health: &Health) -> Response {
    let report = health.report();
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(report)).into_response()
}
