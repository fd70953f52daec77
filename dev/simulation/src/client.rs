//! Clients that begin instances, and try again when they hear nothing.

use std::sync::Arc;

use saga_runtime::Service;
use saga_runtime::lane::requests::{Job, Reply};
use saga_runtime::store::{RequestKey, StoredAnswer};
use saga_runtime::wire::Trace;
use tokio::sync::{mpsc, oneshot};

use super::rng::Rng;
use super::saga::Entry;
use super::sim::Shared;

/// What a request is drawn from: the same each time it is repeated.
pub struct Draw {
    /// Chance.
    pub rng: Rng,
    /// Its number; no two requests of a world have the same.
    pub number: i32,
}

/// One instance that a client wants.
pub(crate) struct Request {
    /// The service that is asked, by its place in the file.
    pub service: usize,
    /// Which of its kinds of requests it is.
    pub entry: usize,
    /// No two requests have the same.
    pub number: i32,
    /// Whether it has an `Idempotency-Key`, and so is tried until it is answered.
    pub keyed: bool,
    /// Asked, and neither answered nor known to be lost.
    pub asking: u32,
    /// The answers.
    pub answers: Vec<StoredAnswer>,
    seed: u64,
}

impl Request {
    /// The next request.
    pub(crate) fn new(rng: &mut Rng, (service, entry): (usize, usize), number: i32) -> Self {
        let (seed, keyed) = (rng.number(), rng.happens(700));
        Self { service, entry, number, keyed, asking: 0, answers: Vec::new(), seed }
    }

    /// Whether the client still waits for an answer.
    pub(crate) fn waits(&self) -> bool {
        self.asking > 0 || (self.keyed && self.answers.is_empty())
    }
}

/// Sends request `which` to an instance. Returns whether the instance took it.
pub(crate) type Ask = Box<dyn Fn(&Shared, usize) -> bool>;

/// Sends requests to the lane that takes jobs from `jobs`. The lane runs as long as this lives.
pub(crate) fn asking<S: Service>(entries: Arc<Vec<Entry<S::Request>>>, jobs: mpsc::Sender<Job<S>>) -> Ask {
    Box::new(move |shared, which| ask(shared, which, &entries, &jobs))
}

fn ask<S: Service>(
    shared: &Shared,
    which: usize,
    entries: &[Entry<S::Request>],
    jobs: &mpsc::Sender<Job<S>>,
) -> bool {
    let (reply, answer) = oneshot::channel();
    let job = {
        let request = &shared.get().requests[which];
        let entry = &entries[request.entry];
        let number = request.number.to_string();
        let key = RequestKey { route: format!("POST {}", entry.path), idem_key: number.clone() };
        let mut draw = Draw { rng: Rng::new(request.seed), number: request.number };
        Job {
            method: "POST",
            path: entry.path,
            request: (entry.make)(&mut draw),
            key: request.keyed.then_some(key),
            fingerprint: number,
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
