//! A payment gateway to try the saga against. The number of a card says how it behaves:
//!
//! | card | what happens |
//! |---|---|
//! | `declined` | it refuses the charge |
//! | `silent` | it charges, and never answers |
//! | `slow` | it charges, and answers after three seconds; asked again, it answers at once |
//! | any other | it charges, and answers |
//!
//! It honors idempotency keys: a charge with the key of an earlier one is that one, and a voided key is never
//! charged again.

mod ledger;

use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::time::sleep;

pub use ledger::{Entry, Ledger, Status};

/// How long the first answer about a slow card takes.
const SLOW: Duration = Duration::from_secs(3);

/// The header with the idempotency key.
const KEY: &str = "idempotency-key";

/// What is to be charged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Charge {
    /// What the caller calls it.
    pub reference: String,
    /// The card.
    pub card: String,
    /// The amount, as text: a number in JSON may lose digits.
    pub amount: String,
}

/// What a charge is answered with, under its own name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Charged {
    /// The number of the charge.
    pub charge_id: String,
}

/// What the handlers of requests share.
#[derive(Clone)]
struct Desk {
    ledger: Arc<Mutex<Ledger>>,
    /// How long every answer takes.
    delay: Duration,
}

impl Desk {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // An entry is written whole, or not at all.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers requests until the process ends. Every answer takes at least `delay`.
///
/// # Errors
/// If the listener fails.
pub async fn serve(listener: TcpListener, ledger: Ledger, delay: Duration) -> io::Result<()> {
    let desk = Desk { ledger: Arc::new(Mutex::new(ledger)), delay };
    let router = Router::new()
        .route("/charges", post(charge))
        .route("/charges", get(list))
        .route("/voids", post(void))
        .with_state(desk);
    let service = TowerToHyperService::new(router);
    loop {
        let (connection, _) = listener.accept().await?;
        let answering = http1::Builder::new().serve_connection(TokioIo::new(connection), service.clone());
        // An error is one of the connection, and its client sees it.
        tokio::spawn(answering);
    }
}

async fn charge(State(desk): State<Desk>, headers: HeaderMap, Json(charge): Json<Charge>) -> Response {
    let Some(key) = key(&headers) else { return without_key() };
    let entry = desk.ledger().charge(key, &charge);
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return unwritten(&error),
    };
    match entry.card.as_str() {
        "silent" => pending::<()>().await,
        "slow" if entry.attempts == 1 => sleep(SLOW).await,
        _ => sleep(desk.delay).await,
    }
    match entry.status {
        Status::Charged => Json(Charged { charge_id: format!("ch-{key}") }).into_response(),
        Status::Refused => (StatusCode::PAYMENT_REQUIRED, "card declined").into_response(),
        Status::Voided => (StatusCode::CONFLICT, "this key was voided").into_response(),
    }
}

async fn void(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let Some(key) = key(&headers) else { return without_key() };
    let voided = desk.ledger().void(key);
    if let Err(error) = voided {
        return unwritten(&error);
    }
    sleep(desk.delay).await;
    StatusCode::NO_CONTENT.into_response()
}

async fn list(State(desk): State<Desk>) -> Json<Vec<Entry>> {
    Json(desk.ledger().entries().cloned().collect())
}

fn key(headers: &HeaderMap) -> Option<&str> {
    headers.get(KEY)?.to_str().ok()
}

fn without_key() -> Response {
    (StatusCode::BAD_REQUEST, "the header `Idempotency-Key` is missing").into_response()
}

fn unwritten(error: &io::Error) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
}
