//! The HTTP server of a service.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::health::Health;
use crate::lane::requests::{DEADLINE, Job, Problem, Reply};
use crate::metrics::{CONTENT_TYPE, Metrics, RouteMetrics};
use crate::relay::RelayHandle;
use crate::service::{Create, Read, ReadKind, Routes, Service};
use crate::store::{RequestKey, Store, StoredAnswer};
use crate::traces::Traces;

/// The largest body a request may have, in bytes.
const MAX_BODY: usize = 256 * 1024;
/// The longest `Idempotency-Key`, in bytes.
const MAX_KEY: usize = 255;
/// With so many messages not yet on Kafka, nothing new is accepted.
const MAX_BACKLOG: i64 = 100_000;
const DEFAULT_LIMIT: i64 = 100;
const MAX_LIMIT: i64 = 1_000;

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

/// Serves on `listener` until `stop` is done.
///
/// # Errors
/// When the listener fails.
pub async fn serve<S: Service, D: Store>(
    server: Server<S, D>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(server)).with_graceful_shutdown(stop).await
}

fn router<S: Service, D: Store>(server: Server<S, D>) -> Router {
    let Server { routes, store, jobs, relay, health, metrics, traces } = server;
    let mut router = Router::new();
    for create in routes.creates {
        let path = create.path;
        let writer =
            Arc::new(Writer { create, jobs: jobs.clone(), relay: relay.clone(), traces: traces.clone() });
        let handler = move |headers: HeaderMap, body: Result<Bytes, BytesRejection>| async move {
            writer.handle(&headers, body).await.unwrap_or_else(IntoResponse::into_response)
        };
        router = router.route(path, measured(post(handler), metrics.http.route("POST", path)));
    }
    for read in routes.reads {
        let path = read.path;
        let reader = Arc::new(Reader { read, store: store.clone() });
        let handler = match reader.read.kind {
            ReadKind::One => get(move |path: Result<Path<String>, PathRejection>| async move {
                reader.one(path).await.unwrap_or_else(IntoResponse::into_response)
            }),
            ReadKind::Page => get(move |page: Result<Query<Page>, QueryRejection>| async move {
                reader.page(page).await.unwrap_or_else(IntoResponse::into_response)
            }),
        };
        router = router.route(path, measured(handler, metrics.http.route("GET", path)));
    }
    let state = health.clone();
    let other = metrics.http.route("other", "other");
    let others = other.clone();
    router
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(move || async move { readyz(&health) }))
        .route("/metrics", get(move || async move { exposition(&metrics, &state) }))
        .fallback(move || async move { refuse(&other, StatusCode::NOT_FOUND, "no such path") })
        .method_not_allowed_fallback(move || async move {
            refuse(&others, StatusCode::METHOD_NOT_ALLOWED, "method not allowed on this path")
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
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

struct Writer<S: Service> {
    create: Create<S>,
    jobs: mpsc::Sender<Job<S>>,
    relay: RelayHandle,
    traces: Arc<Traces>,
}

impl<S: Service> Writer<S> {
    async fn handle(
        &self,
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<Response, Problem> {
        let began = Instant::now();
        let body = body.map_err(|error| Problem::new(error.status(), error.body_text()))?;
        let request =
            (self.create.parse)(&body).map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error))?;
        let key = self.idempotency_key(headers)?;
        if self.relay.backlog() > MAX_BACKLOG {
            return Err(Problem::unavailable("too many messages are waiting for Kafka"));
        }
        let fingerprint = if key.is_some() { fingerprint(&body) } else { String::new() };
        let parent = headers.get("traceparent").and_then(|value| value.to_str().ok());
        let trace = self.traces.follow(parent);
        let (reply, answer) = oneshot::channel();
        let job = Job { path: self.create.path, request, key, fingerprint, trace, began, reply };
        self.jobs.try_send(job).map_err(|_| Problem::unavailable("too many requests are waiting"))?;
        match timeout(DEADLINE, answer).await {
            // The lane serves no caller that is gone; only what it was about to commit is in doubt.
            Err(_) => Err(Problem::unavailable(
                "no answer in time; it is not known whether the request was carried out",
            )),
            Ok(Ok(Reply::Answered(answer))) => Ok(response(answer)),
            Ok(Ok(Reply::Failed(problem))) => Err(problem),
            Ok(Err(_)) => Err(Problem::unavailable("the service is stopping")),
        }
    }

    fn idempotency_key(&self, headers: &HeaderMap) -> Result<Option<RequestKey>, Problem> {
        let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
        let key = value.to_str().ok().filter(|key| !key.is_empty() && key.len() <= MAX_KEY);
        let key = key.ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                format!("`Idempotency-Key` must be 1 to {MAX_KEY} visible ASCII characters"),
            )
        })?;
        Ok(Some(RequestKey { route: format!("POST {}", self.create.path), idem_key: key.to_owned() }))
    }
}

fn fingerprint(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn response(answer: StoredAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let mut response = (status, answer.body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(location) = HeaderValue::from_str(&answer.location)
        && !answer.location.is_empty()
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

struct Reader<D: Store> {
    read: Read,
    store: D,
}

/// The query of a page.
#[derive(Debug, Deserialize)]
struct Page {
    after: Option<String>,
    limit: Option<i64>,
}

impl<D: Store> Reader<D> {
    async fn one(&self, path: Result<Path<String>, PathRejection>) -> Result<Response, Problem> {
        let Path(key) = path.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
        let absent =
            || Problem::new(StatusCode::NOT_FOUND, format!("there is no {} {key}", self.read.entity));
        let column = (self.read.key)(&key).ok_or_else(absent)?;
        let rows = self.store.find(&self.read.table, column).await.map_err(unreadable)?;
        let mut rows = (self.read.json)(&rows).map_err(unreadable)?;
        Ok(json(rows.pop().ok_or_else(absent)?))
    }

    async fn page(&self, page: Result<Query<Page>, QueryRejection>) -> Result<Response, Problem> {
        let bad = |detail: String| Problem::new(StatusCode::BAD_REQUEST, detail);
        let Query(Page { after, limit }) = page.map_err(|error| bad(error.body_text()))?;
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(bad(format!("`limit` must be 1 to {MAX_LIMIT}")));
        }
        let after = match after {
            Some(text) => {
                Some((self.read.key)(&text).ok_or_else(|| bad(format!("`after`: `{text}` is not a key")))?)
            }
            None => None,
        };
        let rows = self.store.page(&self.read.table, after, limit).await.map_err(unreadable)?;
        let rows = (self.read.json)(&rows).map_err(unreadable)?;
        Ok(json(format!("[{}]", rows.join(","))))
    }
}

/// A read that failed. The cause is for the log: it may reveal internals.
fn unreadable(error: impl std::fmt::Display) -> Problem {
    tracing::warn!(%error, "cannot read from the database");
    Problem::unavailable("the database is temporarily unavailable")
}

fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
