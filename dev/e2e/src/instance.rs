//! One running service instance.

use std::net::SocketAddr;

use saga_runtime::store::{PostgresStore, SqliteStore};
use saga_runtime::{Running, Service};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::stage::{Database, Stage};

/// A service on a tokio runtime of its own, so that it can be killed.
pub struct Instance {
    /// Where it listens.
    pub address: SocketAddr,
    life: Option<(Runtime, Running)>,
}

/// An HTTP response.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// `Location`, if any.
    pub location: Option<String>,
    /// The body; null when it is not JSON.
    pub body: Value,
}

impl Instance {
    /// Starts a service, and waits until it is ready.
    pub fn start<S: Service>(stage: &Stage, service: S) -> Self {
        let runtime = Runtime::new().unwrap();
        let mut running = runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let kafka = stage.kafka();
            match stage.database(S::NAME) {
                Database::Sqlite(path) => {
                    let store = SqliteStore::open(&path.to_string_lossy()).unwrap();
                    Running::start(service, store, kafka, listener, &stage.traces)
                }
                Database::Postgres(url) => Running::start(
                    service,
                    PostgresStore::open(&url).unwrap(),
                    kafka,
                    listener,
                    &stage.traces,
                ),
            }
            .unwrap()
        });
        runtime.block_on(running.ready()).unwrap();
        Self { address: running.address, life: Some((runtime, running)) }
    }

    /// Stops it as Ctrl-C does.
    pub fn stop(mut self) {
        if let Some((runtime, running)) = self.life.take() {
            runtime.block_on(running.stop()).unwrap();
        }
    }

    /// Ends it without a chance to finish anything.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some((runtime, running)) = self.life.take() {
            drop(running);
            runtime.shutdown_background();
        }
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Reply {
        let request = agent().get(format!("http://{}{path}", self.address));
        read(request.call().unwrap())
    }

    /// The content type and the text of `GET path`.
    pub fn text(&self, path: &str) -> (String, String) {
        let mut response = agent().get(format!("http://{}{path}", self.address)).call().unwrap();
        let kind = response.headers().get("content-type").unwrap().to_str().unwrap().to_owned();
        (kind, response.body_mut().read_to_string().unwrap())
    }

    /// `POST path` with headers.
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        self.try_post(path, headers, &body.to_string()).unwrap()
    }

    /// `POST path` with any body; `None` when the connection broke.
    pub fn try_post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Reply> {
        let url = format!("http://{}{path}", self.address);
        let mut request = agent().post(url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send(body).ok().map(read)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.end();
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Reply {
    let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    let body = response.body_mut().read_to_string().unwrap();
    Reply {
        status: response.status().as_u16(),
        location,
        body: serde_json::from_str(&body).unwrap_or(Value::Null),
    }
}
