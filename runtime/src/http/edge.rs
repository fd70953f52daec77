//! What holds for every request, whatever its route: bounded bodies, and what browsers ask.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::{Body as _, Incoming};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use tokio::time::timeout;

use super::connections::{Place, Room};
use super::cors::{self, Asked};
use crate::config::AllowedOrigins;
use crate::lane::requests::Problem;
use crate::metrics::RouteMetrics;

/// The largest body a request may have, in bytes.
const MAX_BODY: usize = 256 * 1024;
/// How much of a body that is too large is read, so that its client comes to read the answer.
const MAX_DISCARDED: usize = 4 * 1024 * 1024;
/// The paths that are answered even if there is no room for other requests.
const HEALTH: [&str; 3] = ["/livez", "/readyz", "/metrics"];

/// The way of every request to the routes, and back. Clones are the same.
#[derive(Clone)]
pub(super) struct Edge {
    router: TowerToHyperService<Router>,
    origins: Arc<AllowedOrigins>,
    other: RouteMetrics,
}

impl Edge {
    pub(super) fn new(router: Router, origins: AllowedOrigins, other: RouteMetrics) -> Self {
        Self { router: TowerToHyperService::new(router), origins: Arc::new(origins), other }
    }

    /// Answers a request.
    pub(super) async fn answer(&self, request: Request<Incoming>, place: &Place) -> Response {
        let connection = &place.connection;
        connection.reads_body();
        let (parts, body) = request.into_parts();
        let asked = Asked::of(&self.origins, &parts);
        let mut room = place.room();
        let body = if place.is_reserved() && !HEALTH.contains(&parts.uri.path()) {
            Err(Problem::unavailable("too many connections are open"))
        } else if let Some(problem) = unmet(&parts) {
            Err(problem)
        } else {
            // A client that asks first sends nothing that is not asked for.
            let most = if parts.headers.contains_key(header::EXPECT) { MAX_BODY } else { MAX_DISCARDED };
            read(body, most as u64, place.body_patience(), &mut room).await
        };
        connection.has_request();
        let mut response = match body {
            Ok(body) if is_about_the_server(&parts) => {
                drop(body);
                StatusCode::NO_CONTENT.into_response()
            }
            Ok(body) => {
                let answered = self.router.call(Request::from_parts(parts, Body::from(body))).await;
                answered.unwrap_or_else(|never| match never {})
            }
            Err(problem) => self.refuse(problem),
        };
        if place.is_reserved() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(asked) = asked {
            cors::permit(&self.origins, &asked, &mut response);
        }
        connection.has_answer();
        response
    }

    /// Answers a request whose body is not read to its end, so that nothing can follow it.
    fn refuse(&self, problem: Problem) -> Response {
        self.other.answered(problem.status(), Duration::ZERO);
        let mut response = problem.into_response();
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

/// `OPTIONS *`.
fn is_about_the_server(parts: &axum::http::request::Parts) -> bool {
    parts.method == Method::OPTIONS && parts.uri.path() == "*"
}

/// Why the request is not answered, if it expects what the service does not do: its client would take the answer
/// for more than it is.
fn unmet(parts: &axum::http::request::Parts) -> Option<Problem> {
    let mut expected = parts.headers.get_all(header::EXPECT).iter();
    let unmet = expected.find(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue"))?;
    let detail = format!("`Expect: {}` is not supported", unmet.to_str().unwrap_or("…"));
    Some(Problem::new(StatusCode::EXPECTATION_FAILED, detail))
}

/// The body of a request.
async fn read(body: Incoming, most: u64, patience: Duration, room: &mut Room<'_>) -> Result<Bytes, Problem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if body.size_hint().lower() > most {
        return Err(too_large());
    }
    let read = timeout(patience, collected(body, room));
    read.await.unwrap_or_else(|_| {
        let detail = format!("the body did not come within {} seconds", patience.as_secs());
        Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail))
    })
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {MAX_BODY} bytes"))
}

async fn collected(mut body: Incoming, room: &mut Room<'_>) -> Result<Bytes, Problem> {
    let mut whole = Vec::new();
    let mut length = 0_usize;
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST, format!("the body cannot be read: {error}"))
        })?;
        // What is no data is a trailer, which means nothing here.
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length > MAX_DISCARDED {
            return Err(too_large());
        }
        if length <= MAX_BODY && !room.take(data.len()) {
            return Err(Problem::unavailable("too many large requests are waiting"));
        }
        if body.is_end_stream() && whole.is_empty() && length <= MAX_BODY {
            return Ok(data);
        }
        if length <= MAX_BODY {
            whole.extend_from_slice(&data);
        }
    }
    if length > MAX_BODY { Err(too_large()) } else { Ok(whole.into()) }
}
