//! Customers who book trips and change their minds.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

use crate::fleet::Fleet;
use crate::rng::Rng;

/// How many customers there are.
const CUSTOMERS: u64 = 16;
/// How long a customer waits for an answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often a resting customer looks whether the run is over.
const TICK: Duration = Duration::from_millis(20);

/// The customers of one run.
pub(crate) struct Customers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    fleet: Arc<Fleet>,
    seen: Mutex<Seen>,
    stopping: AtomicBool,
    giving_up: AtomicBool,
    again: AtomicU64,
}

/// What customers have seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// All trips that were asked for.
    pub asked: Vec<Asked>,
    /// Answers that no client should have got.
    pub odd: Vec<String>,
    /// How many requests had to be asked again.
    pub again: u64,
}

/// A trip that a customer asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The idempotency key of the request.
    pub key: String,
    /// The flight.
    pub flight: &'static str,
    /// The hotel.
    pub hotel: &'static str,
    /// The class of the car.
    pub car: &'static str,
    /// The card, which says what the gateway does.
    pub card: &'static str,
    /// The trip; `None` when no answer ever came.
    pub id: Option<String>,
}

/// What came of one request.
enum Answer {
    /// It was answered.
    Given(u16, Value),
    /// The outcome is unknown: the client has to ask again.
    Unknown,
}

impl Customers {
    /// Starts booking, `rate` trips a second on average.
    pub(crate) fn start(seed: u64, rate: f64, fleet: Arc<Fleet>) -> Self {
        let shared = Arc::new(Shared {
            fleet,
            seen: Mutex::default(),
            stopping: AtomicBool::new(false),
            giving_up: AtomicBool::new(false),
            again: AtomicU64::new(0),
        });
        let pause = (CUSTOMERS as f64 * 2_000.0 / rate) as u64;
        let threads = (0..CUSTOMERS)
            .map(|number| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.book_on(number, pause, Rng::new(seed ^ (number << 32))))
            })
            .collect();
        Self { shared, threads }
    }

    /// No more trips are booked. Those that were asked for still get an answer.
    pub(crate) fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether every request has an answer.
    pub(crate) fn are_done(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Gives up on what has no answer yet, and says what was seen.
    pub(crate) fn end(self) -> Seen {
        self.stop();
        self.shared.giving_up.store(true, Ordering::Relaxed);
        for thread in self.threads {
            if thread.join().is_err() {
                self.shared.seen().odd.push("a customer panicked".to_owned());
            }
        }
        let mut seen = std::mem::take(&mut *self.shared.seen());
        seen.again = self.shared.again.load(Ordering::Relaxed);
        seen
    }
}

impl Shared {
    fn book_on(&self, customer: u64, pause: u64, mut rng: Rng) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let mut number = 0;
        while !self.stopping.load(Ordering::Relaxed) {
            number += 1;
            let asked = self.book(&agent, &mut rng, format!("{customer}-{number}"));
            self.seen().asked.push(asked);
            let mut left = rng.between(0, pause);
            while left > 0 && !self.stopping.load(Ordering::Relaxed) {
                let tick = left.min(TICK.as_millis() as u64);
                thread::sleep(Duration::from_millis(tick));
                left -= tick;
            }
        }
    }

    /// Books a trip, and sometimes presses the button twice, or cancels.
    fn book(&self, agent: &ureq::Agent, rng: &mut Rng, key: String) -> Asked {
        let mut asked = Asked {
            key,
            flight: if rng.happens(90) { "KE123" } else { "KE999" },
            hotel: if rng.happens(90) { "Grand" } else { "Full" },
            car: if rng.happens(92) { "compact" } else { "limousine" },
            card: match rng.between(0, 99) {
                0..10 => "declined",
                10..14 => "silent",
                14..18 => "slow",
                _ => "visa",
            },
            id: None,
        };
        let body = json!({
            "flight": asked.flight, "hotel": asked.hotel, "car": asked.car, "card": asked.card, "price": "420.00",
        });
        let times = if rng.happens(3) { 2 } else { 1 };
        for _ in 0..times {
            let Some((status, trip)) = self.ask(agent, rng, "/trips", Some(&asked.key), &body) else {
                return asked;
            };
            match (status, trip["id"].as_str()) {
                (201, Some(id)) if asked.id.as_deref().is_none_or(|before| before == id) => {
                    asked.id = Some(id.to_owned());
                }
                _ => self.seen().odd.push(format!("{}: {status} {trip}", asked.key)),
            }
        }
        if let Some(id) = &asked.id
            && rng.happens(20)
        {
            thread::sleep(Duration::from_millis(rng.between(0, 400)));
            let path = format!("/trips/{id}/cancel");
            match self.ask(agent, rng, &path, None, &json!({})) {
                // Cancelling, or too late.
                None | Some((200 | 409, _)) => {}
                Some((status, body)) => self.seen().odd.push(format!("cancel {id}: {status} {body}")),
            }
        }
        asked
    }

    /// Asks until there is an answer; none if the run is over before.
    fn ask(
        &self,
        agent: &ureq::Agent,
        rng: &mut Rng,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Option<(u16, Value)> {
        while !self.giving_up.load(Ordering::Relaxed) {
            if let Answer::Given(status, body) = self.ask_once(agent, rng, path, key, body) {
                return Some((status, body));
            }
            self.again.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(rng.between(50, 500)));
        }
        None
    }

    fn ask_once(
        &self,
        agent: &ureq::Agent,
        rng: &mut Rng,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Answer {
        let doors = self.fleet.doors();
        if doors.is_empty() {
            return Answer::Unknown;
        }
        let url = format!("http://{}{path}", rng.one_of(&doors));
        let mut request = agent.post(url).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let Ok(mut response) = request.send(body.to_string()) else { return Answer::Unknown };
        let Ok(text) = response.body_mut().read_to_string() else { return Answer::Unknown };
        match response.status().as_u16() {
            // Another process may have taken over the port of a dead instance, and knows no such path.
            404 | 405 | 503 => Answer::Unknown,
            status => Answer::Given(status, serde_json::from_str(&text).unwrap_or_default()),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // A push is done or not, even if the thread that did it panicked.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
