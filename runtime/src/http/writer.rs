//! Requests that write: the lane answers them.

use std::sync::Arc;
use std::time::Instant;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::content::expect_json;
use super::key;
use super::params::{FoundParams, values};
use crate::lane::requests::{DEADLINE, Job, Problem, Reply};
use crate::relay::RelayHandle;
use crate::service::{Service, Unreadable, Write};
use crate::store::{RequestKey, StoredAnswer};
use crate::traces::Traces;

/// With so many messages not yet on Kafka, nothing new is accepted.
const MAX_BACKLOG: i64 = 100_000;

/// Answers the requests of a route that writes.
pub(super) struct Writer<S: Service> {
    pub write: Write<S>,
    pub jobs: mpsc::Sender<Job<S>>,
    pub relay: RelayHandle,
    pub traces: Arc<Traces>,
}

impl<S: Service> Writer<S> {
    pub(super) async fn answer(
        &self,
        params: FoundParams,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Response, Problem> {
        let began = Instant::now();
        expect_json(headers, body.is_empty())?;
        let (method, path) = (self.write.method.as_str(), self.write.path);
        let key =
            key::of(headers)?.map(|idem_key| RequestKey { route: format!("{method} {path}"), idem_key });
        let (request, canonical) =
            (self.write.parse)(&values(params)?, body, key.is_some()).map_err(unreadable)?;
        if self.relay.backlog() > MAX_BACKLOG {
            return Err(Problem::unavailable("too many messages are waiting for Kafka"));
        }
        let fingerprint = if key.is_some() { fingerprint(&canonical) } else { String::new() };
        let parent = headers.get("traceparent").and_then(|value| value.to_str().ok());
        let trace = self.traces.follow(parent);
        let (reply, answer) = oneshot::channel();
        let job = Job { method, path, request, key, fingerprint, trace, began, reply };
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

fn unreadable(error: Unreadable) -> Problem {
    match error {
        Unreadable::Path(refusal) => Problem::from(&refusal),
        Unreadable::Body(error) => Problem::from(&error),
    }
}

fn fingerprint(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn response(answer: StoredAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if answer.body.is_empty() {
        return status.into_response();
    }
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
