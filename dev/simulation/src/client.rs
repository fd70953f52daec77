//! People who order, and try again when they hear nothing.

use order::OrderService;
use order_contracts::order::CreateOrder;
use saga_runtime::lane::requests::{Job, Reply};
use saga_runtime::store::{RequestKey, StoredAnswer};
use saga_runtime::wire::Trace;
use tokio::sync::{mpsc, oneshot};

use super::rng::Rng;
use super::sim::Shared;

/// The sender of jobs to one instance of the order service.
pub(crate) type Jobs = mpsc::Sender<Job<OrderService<order_handlers::Handlers>>>;

/// One order that a client wants.
pub(crate) struct Request {
    /// Whose; no two requests have the same.
    pub user: i32,
    /// Whether it has an `Idempotency-Key`, and so is tried until it is answered.
    pub keyed: bool,
    /// Asked, and neither answered nor known to be lost.
    pub asking: u32,
    /// The answers.
    pub answers: Vec<StoredAnswer>,
    body: CreateOrder,
}

impl Request {
    /// The next request.
    pub(crate) fn new(rng: &mut Rng, user: i32) -> Self {
        let product_id = *rng.one_of(&[1, 1, 1, 2, 3, 3, 99]).unwrap();
        // Mostly little, so that there is enough for several.
        let quantity = *rng.one_of(&[1, 1, 1, 1, 2, 2, 3, 5, 0]).unwrap();
        let address = if rng.happens(200) { " " } else { "Seoul" };
        let body = CreateOrder { user_id: user, product_id, quantity, price: 10, address: address.into() };
        Self { user, keyed: rng.happens(700), asking: 0, answers: Vec::new(), body }
    }

    /// Whether the client still waits for an answer.
    pub(crate) fn waits(&self) -> bool {
        self.asking > 0 || (self.keyed && self.answers.is_empty())
    }
}

/// Sends request `which` to an instance. Returns whether the instance took it.
pub(crate) fn ask(shared: &Shared, which: usize, jobs: &Jobs) -> bool {
    let (reply, answer) = oneshot::channel();
    let job = {
        let request = &shared.get().requests[which];
        let key = RequestKey { route: "POST /orders".into(), idem_key: request.user.to_string() };
        Job {
            method: "POST",
            path: "/orders",
            request: order::Request::CreateOrder(request.body.clone()),
            key: request.keyed.then_some(key),
            fingerprint: request.user.to_string(),
            trace: Trace::root(),
            began: std::time::Instant::now(),
            reply,
        }
    };
    if jobs.try_send(job).is_err() {
        return false;
    }
    shared.get().requests[which].asking += 1;
    let shared = shared.clone();
    tokio::spawn(async move {
        let answer = answer.await;
        let mut sim = shared.get();
        sim.note(|| match &answer {
            Ok(Reply::Answered(answer)) => format!("request {which} is answered: {}", answer.body),
            Ok(Reply::Failed(problem)) => format!("request {which} failed: {problem:?}"),
            Err(_) => format!("request {which} gets no answer"),
        });
        let request = &mut sim.requests[which];
        request.asking -= 1;
        if let Ok(Reply::Answered(answer)) = answer {
            request.answers.push(answer);
        }
    });
    true
}
