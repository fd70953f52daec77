//! The HTTP server of a service.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, options, post};
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::content::expect_json;
use super::health::Health;
use super::key;
use super::query::Page;
use crate::column::ColumnType;
use crate::lane::requests::{DEADLINE, Job, Problem, Reply};
use crate::metrics::{CONTENT_TYPE, Metrics, RouteMetrics};
use crate::relay::RelayHandle;
use crate::repeats::Repeats;
use crate::service::{Create, Read, ReadKind, Routes, Service, prefix};
use crate::store::{RequestKey, Store, StoredAnswer};
use crate::traces::Traces;

/// With so many messages not yet on Kafka, nothing new is accepted.
const MAX_BACKLOG: i64 = 100_000;
/// How much of a key that does not exist an answer repeats, in bytes.
const MAX_REPEATED: usize = 100;

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

pub(super) fn router<S: Service, D: Store>(server: Server<S, D>) -> Router {
    let Server { routes, store, jobs, relay, health, metrics, traces } = server;
    let mut router = with_options(&routes);
    for create in routes.creates {
        let path = create.path;
        let writer =
            Arc::new(Writer { create, jobs: jobs.clone(), relay: relay.clone(), traces: traces.clone() });
        let handler = move |headers: HeaderMap, body: Bytes| async move {
            writer.handle(&headers, &body).await.unwrap_or_else(IntoResponse::into_response)
        };
        router = router.route(path, measured(post(handler), metrics.http.route("POST", path)));
    }
    for read in routes.reads {
        let measurements = metrics.http.route("GET", read.path);
        for (path, handler) in readers(Arc::new(Reader { read, store: store.clone() })) {
            router = router.route(path, measured(handler, measurements.clone()));
        }
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
}

/// The paths of a reading route, and what answers them.
fn readers<D: Store>(reader: Arc<Reader<D>>) -> Vec<(&'static str, MethodRouter)> {
    let path = reader.read.path;
    if reader.read.kind == ReadKind::Page {
        let page = get(move |RawQuery(query): RawQuery| async move {
            reader.page(query.as_deref()).await.unwrap_or_else(IntoResponse::into_response)
        });
        return vec![(path, page)];
    }
    let unnamed = reader.clone();
    let one = get(move |path: Result<Path<String>, PathRejection>| async move {
        reader.one(path).await.unwrap_or_else(IntoResponse::into_response)
    });
    let mut paths = vec![(path, one)];
    // No parameter of a path matches the empty text, which is a key like others.
    if let (Some(path), ColumnType::Text) = (prefix(path), unnamed.read.table.key().ty) {
        paths.push((
            path,
            get(move || async move {
                unnamed.one(Ok(Path(String::new()))).await.unwrap_or_else(IntoResponse::into_response)
            }),
        ));
    }
    paths
}

/// Answers `OPTIONS` of every path with the methods it has.
fn with_options<S: Service>(routes: &Routes<S>) -> Router {
    let mut paths: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let health = ["/livez", "/readyz", "/metrics"].map(|path| ("GET", path));
    for (method, path) in routes.paths().chain(health) {
        let methods = paths.entry(path).or_default();
        methods.push(method);
        if method == "GET" {
            methods.push("HEAD");
        }
    }
    paths.into_iter().fold(Router::new(), |router, (path, mut methods)| {
        methods.push("OPTIONS");
        let allow = methods.join(", ");
        router.route(path, options(|| async { (StatusCode::NO_CONTENT, [(header::ALLOW, allow)]) }))
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

struct Writer<S: Service> {
    create: Create<S>,
    jobs: mpsc::Sender<Job<S>>,
    relay: RelayHandle,
    traces: Arc<Traces>,
}

impl<S: Service> Writer<S> {
    async fn handle(&self, headers: &HeaderMap, body: &[u8]) -> Result<Response, Problem> {
        let began = Instant::now();
        expect_json(headers)?;
        let key = key::of(headers)?
            .map(|idem_key| RequestKey { route: format!("POST {}", self.create.path), idem_key });
        let (request, canonical) = (self.create.parse)(body, key.is_some())
            .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error))?;
        if self.relay.backlog() > MAX_BACKLOG {
            return Err(Problem::unavailable("too many messages are waiting for Kafka"));
        }
        let fingerprint = if key.is_some() { fingerprint(&canonical) } else { String::new() };
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

impl<D: Store> Reader<D> {
    async fn one(&self, path: Result<Path<String>, PathRejection>) -> Result<Response, Problem> {
        let Path(key) = path.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
        let absent = || {
            let key = &key[..key.floor_char_boundary(MAX_REPEATED)];
            Problem::new(StatusCode::NOT_FOUND, format!("there is no {} {key}", self.read.entity))
        };
        let column = (self.read.key)(&key).ok_or_else(absent)?;
        let rows = self.store.find(&self.read.table, column).await.map_err(unreadable)?;
        let mut rows = (self.read.json)(&rows).map_err(unreadable)?;
        Ok(json(rows.pop().ok_or_else(absent)?))
    }

    async fn page(&self, query: Option<&str>) -> Result<Response, Problem> {
        let bad = |detail: String| Problem::new(StatusCode::BAD_REQUEST, detail);
        let Page { after, limit } = Page::of(query).map_err(bad)?;
        let after = match after {
            Some(text) => Some((self.read.key)(&text).ok_or_else(|| bad("`after` is not a key".into()))?),
            None => None,
        };
        let rows = self.store.page(&self.read.table, after, limit).await.map_err(unreadable)?;
        let rows = (self.read.json)(&rows).map_err(unreadable)?;
        Ok(json(format!("[{}]", rows.join(","))))
    }
}

/// A read that failed. The cause is for the log: it may reveal internals.
fn unreadable(error: impl std::fmt::Display) -> Problem {
    static REPEATS: Repeats = Repeats::new();
    if let Some(repeated) = REPEATS.due(&error.to_string()) {
        tracing::warn!(%error, repeated, "cannot read from the database");
    }
    Problem::unavailable("the database is temporarily unavailable")
}

fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LogFormat;
    use crate::logging::tests::logged;

    #[test]
    fn reads_that_fail_for_one_cause_are_logged_once_a_minute() {
        let text = logged(LogFormat::Text, "info", || {
            (0..100).for_each(|_| drop(unreadable("the database is away")));
        });
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}
