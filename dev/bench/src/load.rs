//! Customers: they place an order, and wait until it has ended.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;

use crate::http::Connection;
use crate::watcher::Watcher;

/// How often a customer who polls asks.
const POLL: Duration = Duration::from_millis(3);

/// What customers have seen.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Times>>);

/// When orders were placed and how long they took.
#[derive(Default)]
pub(crate) struct Times {
    /// When each order ended, and how many milliseconds it took to its end.
    pub ended: Vec<(Instant, f64)>,
    /// What went wrong.
    pub odd: Vec<String>,
}

impl Seen {
    fn ended(&self, begun: Instant) {
        let now = Instant::now();
        self.lock().ended.push((now, (now - begun).as_secs_f64() * 1_000.0));
    }

    fn odd(&self, what: impl ToString) {
        self.lock().odd.push(what.to_string());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of it, once nobody adds to it.
    pub(crate) fn take(&self) -> Times {
        std::mem::take(&mut *self.lock())
    }
}

/// How customers learn that an order has ended.
#[derive(Clone)]
pub(crate) enum Sight {
    /// Somebody tells them.
    Told(Watcher),
    /// They ask.
    Polled,
}

/// So many customers, each of whom places the next order when the last has ended.
pub(crate) fn in_flight(address: SocketAddr, customers: usize, sight: &Sight, seen: &Seen) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..customers {
        let (sight, seen) = (sight.clone(), seen.clone());
        tasks.spawn(async move {
            let mut connection = match Connection::open(address).await {
                Ok(connection) => connection,
                Err(error) => return seen.odd(error),
            };
            loop {
                let begun = Instant::now();
                match order(&mut connection, &sight).await {
                    Ok(()) => seen.ended(begun),
                    Err(error) => return seen.odd(error),
                }
            }
        });
    }
    tasks
}

/// An order every so often, whether others have ended or not.
pub(crate) async fn at_rate(address: SocketAddr, rate: u32, time: Duration, sight: &Sight, seen: &Seen) {
    let idle: Arc<Mutex<Vec<Connection>>> = Arc::default();
    let mut tasks = JoinSet::new();
    let begun = Instant::now();
    for number in 0.. {
        let due = begun + Duration::from_secs(1) * number / rate;
        if due - begun > time {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let (idle, sight, seen) = (Arc::clone(&idle), sight.clone(), seen.clone());
        tasks.spawn(async move {
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match kept {
                Some(connection) => Ok(connection),
                None => Connection::open(address).await,
            };
            let mut connection = match connection {
                Ok(connection) => connection,
                Err(error) => return seen.odd(error),
            };
            match order(&mut connection, &sight).await {
                Ok(()) => seen.ended(due),
                Err(error) => return seen.odd(error),
            }
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        });
    }
    tasks.join_all().await;
}

async fn order(connection: &mut Connection, sight: &Sight) -> io::Result<()> {
    const BODY: &str = r#"{"userId":1,"productId":1,"quantity":1,"price":1000,"address":"1 Harbour Road"}"#;
    let answer = connection.post("/orders", BODY).await?;
    let row: Value = serde_json::from_slice(&answer.body)?;
    let id = row["id"].as_i64().and_then(|id| i32::try_from(id).ok());
    let Some(id) = id.filter(|_| answer.status == 201) else {
        return Err(io::Error::other(format!("POST /orders: {} {row}", answer.status)));
    };
    match sight {
        Sight::Told(watcher) => watcher.ended(id).await,
        Sight::Polled => loop {
            let answer = connection.get(&format!("/orders/{id}")).await?;
            let row: Value = serde_json::from_slice(&answer.body)?;
            if row["status"] != "PENDING" {
                break;
            }
            tokio::time::sleep(POLL).await;
        },
    }
    Ok(())
}
