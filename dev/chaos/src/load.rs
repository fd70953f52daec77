//! The customers: orders over HTTP, asked again under the same key until they are answered.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::audit::Posted;
use crate::event_log::EventLog;
use crate::fleet::Fleet;
use crate::rng::Rng;

/// How many customers ask at the same time.
const CUSTOMERS: usize = 24;
/// How many orders may wait for a customer; more are not placed.
const QUEUE: usize = 400;
/// How long a customer waits for an answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often orders are placed.
const TICK: Duration = Duration::from_millis(20);

/// A product of which there is more than can be sold, and most want it.
pub(crate) const HOT: i64 = 1;
/// A product that is soon sold out.
pub(crate) const SCARCE: i64 = 2;
/// The stock a run begins with: product and quantity.
pub(crate) const STOCK: [(i64, i64); 3] = [(HOT, 100_000_000), (SCARCE, 300), (3, 100_000_000)];

/// The statements that fill the shelves, each with the service whose they are.
pub(crate) fn stock() -> Vec<(usize, String)> {
    let of =
        |(product, quantity)| format!("UPDATE product_tb SET quantity = {quantity} WHERE id = {product}");
    STOCK.into_iter().map(|stock| (1, of(stock))).collect()
}

/// The load of one run.
pub(crate) struct Load {
    shared: Arc<Shared>,
    pacer: JoinHandle<()>,
    customers: Vec<JoinHandle<()>>,
}

struct Shared {
    fleet: Arc<Fleet>,
    event_log: Arc<EventLog>,
    history: Mutex<History>,
    stopping: AtomicBool,
    giving_up: AtomicBool,
    /// Requests that had to be asked again.
    again: AtomicU64,
}

/// What customers have seen.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// All orders; one that was asked for twice is here once for each answer.
    pub posted: Vec<Posted>,
    /// When each order was answered, by its id.
    pub answered: BTreeMap<i64, Duration>,
    /// Answers that no client should have got.
    pub odd: Vec<String>,
    /// How many requests had to be asked again.
    pub again: u64,
}

impl Load {
    /// Starts placing orders, `rate` a second on average.
    pub(crate) fn start(seed: u64, rate: f64, fleet: Arc<Fleet>, event_log: Arc<EventLog>) -> Self {
        let shared = Arc::new(Shared {
            fleet,
            event_log,
            history: Mutex::default(),
            stopping: AtomicBool::new(false),
            giving_up: AtomicBool::new(false),
            again: AtomicU64::new(0),
        });
        let (orders, waiting) = sync_channel(QUEUE);
        let pacer = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || place(&shared, Rng::new(seed ^ 0x6c6f_6164), rate, &orders))
        };
        let waiting = Arc::new(Mutex::new(waiting));
        let customers = (0..CUSTOMERS as u64)
            .map(|number| {
                let (shared, waiting) = (Arc::clone(&shared), Arc::clone(&waiting));
                thread::spawn(move || serve_all(&shared, &waiting, Rng::new(seed ^ (number << 32))))
            })
            .collect();
        Self { shared, pacer, customers }
    }

    /// Places no more orders. Those that were placed are still asked for.
    pub(crate) fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether every order that was placed has an answer.
    pub(crate) fn is_done(&self) -> bool {
        self.pacer.is_finished() && self.customers.iter().all(JoinHandle::is_finished)
    }

    /// Gives up on what has no answer yet, and says what was seen.
    pub(crate) fn end(self) -> History {
        self.stop();
        self.shared.giving_up.store(true, Ordering::Relaxed);
        for thread in std::iter::once(self.pacer).chain(self.customers) {
            if thread.join().is_err() {
                lock(&self.shared.history).odd.push("a customer panicked".to_owned());
            }
        }
        let mut history = std::mem::take(&mut *lock(&self.shared.history));
        history.again = self.shared.again.load(Ordering::Relaxed);
        history
    }
}

/// Places orders in bursts and lulls.
fn place(shared: &Shared, mut rng: Rng, rate: f64, orders: &SyncSender<Posted>) {
    let mut number = 0;
    let mut due = 0.0;
    let (mut pace, mut until) = (1.0, Instant::now());
    let mut last = Instant::now();
    while !shared.stopping.load(Ordering::Relaxed) {
        let now = Instant::now();
        if now >= until {
            // On average once the rate.
            pace = rng.one_of(&[1.0, 1.0, 1.0, 0.2, 1.8]);
            until = now + Duration::from_millis(rng.between(2_000, 12_000));
        }
        due += now.duration_since(last).as_secs_f64() * rate * pace;
        last = now;
        while due >= 1.0 {
            due -= 1.0;
            number += 1;
            match orders.try_send(order(&mut rng, number)) {
                Ok(()) => {}
                // All customers are busy: it is an outage. Orders that could not be placed are not made up for.
                Err(TrySendError::Full(_)) => due = 0.0,
                Err(TrySendError::Disconnected(_)) => return,
            }
        }
        thread::sleep(TICK);
    }
}

fn order(rng: &mut Rng, number: i64) -> Posted {
    let product = match rng.between(0, 99) {
        0..60 => HOT,
        60..70 => SCARCE,
        70 => 99,
        _ => 3,
    };
    let quantity = if rng.happens(4) { 2_000_000_000 } else { rng.between(1, 3) as i64 };
    let address = if rng.happens(8) { " ".to_owned() } else { format!("{number} Harbour Road") };
    Posted { key: format!("chaos-{number}"), user: number, product, quantity, address, answer: None }
}

fn serve_all(shared: &Shared, waiting: &Mutex<Receiver<Posted>>, mut rng: Rng) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    loop {
        let next = lock(waiting).recv();
        let Ok(order) = next else { return };
        serve(shared, &agent, &mut rng, order);
    }
}

/// Asks for one order until there is an answer.
fn serve(shared: &Shared, agent: &ureq::Agent, rng: &mut Rng, mut order: Posted) {
    while order.answer.is_none() && !shared.giving_up.load(Ordering::Relaxed) {
        match ask(shared, agent, rng, &order) {
            Asked::Made(id) => order.answer = Some(id),
            Asked::Odd(what) => {
                lock(&shared.history).odd.push(format!("{}: {what}", order.key));
                return;
            }
            Asked::Unknown => {
                shared.again.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(rng.between(50, 500)));
            }
        }
    }
    let again = order.answer.is_some() && rng.happens(3);
    {
        let mut history = lock(&shared.history);
        if let Some(id) = order.answer {
            history.answered.insert(id, shared.event_log.now());
        }
        history.posted.push(order.clone());
    }
    // The customer pressed the button twice.
    if again && let Asked::Made(id) = ask(shared, agent, rng, &order) {
        lock(&shared.history).posted.push(Posted { answer: Some(id), ..order });
    }
}

/// What came of one request.
enum Asked {
    /// The order with this id.
    Made(i64),
    /// The outcome is unknown: the client has to ask again.
    Unknown,
    /// An answer that makes no sense.
    Odd(String),
}

fn ask(shared: &Shared, agent: &ureq::Agent, rng: &mut Rng, order: &Posted) -> Asked {
    let doors: Vec<SocketAddr> = shared.fleet.doors();
    if doors.is_empty() {
        return Asked::Unknown;
    }
    let body = json!({
        "userId": order.user, "productId": order.product, "quantity": order.quantity,
        "price": 1_000, "address": order.address,
    });
    let request = agent
        .post(format!("http://{}/orders", rng.one_of(&doors)))
        .header("content-type", "application/json")
        .header("idempotency-key", &order.key);
    let Ok(mut response) = request.send(body.to_string()) else { return Asked::Unknown };
    let status = response.status().as_u16();
    let Ok(text) = response.body_mut().read_to_string() else { return Asked::Unknown };
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    match (status, body["id"].as_i64()) {
        (201, Some(id)) => Asked::Made(id),
        // Another process may have taken over the port of a dead instance, and knows no such path.
        (404 | 405 | 503, _) => Asked::Unknown,
        _ => Asked::Odd(format!("{status} {text}")),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A push is done or not, even if the thread that did it panicked.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
