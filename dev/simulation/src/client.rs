//! Clients that begin instances or go on with them, and try again when they hear nothing.

use std::sync::Arc;

use saga_runtime::Service;
use saga_runtime::lane::requests::{Job, Reply};
use saga_runtime::store::{RequestKey, StoredAnswer};
use saga_runtime::wire::Trace;
use tokio::sync::{mpsc, oneshot};

use super::people::{Act, Outcome};
use super::plan::{Look, Person};
use super::rng::Rng;
use super::saga::{Entry, Making};
use super::sim::{Shared, Sim};

/// What a request is drawn from: the same each time it is repeated.
pub struct Draw {
    /// Chance.
    pub rng: Rng,
    /// Its number; no two requests of a world have the same.
    pub number: i32,
}

/// What a client wants.
pub(crate) struct Request {
    /// The service that is asked, by its place in the file.
    pub service: usize,
    /// What it is asked for.
    pub wish: Wish,
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

/// What a service is asked for.
pub(crate) enum Wish {
    /// To begin an instance: which kind of request it is.
    Begin(usize),
    /// To go on with one.
    Act(Act),
}

impl Request {
    /// The next request.
    pub(crate) fn new(rng: &mut Rng, service: usize, wish: Wish, number: i32) -> Self {
        let (seed, keyed) = (rng.number(), rng.happens(700));
        Self { service, wish, number, keyed, asking: 0, answers: Vec::new(), seed }
    }

    /// Whether the client still waits for an answer.
    pub(crate) fn waits(&self) -> bool {
        self.asking > 0 || (self.keyed && self.answers.is_empty())
    }
}

/// How requests of a service are made.
pub(crate) struct Requests<R> {
    /// Those that begin instances.
    pub entries: Arc<Vec<Entry<R>>>,
    /// The others, from method and path, the values in the path, and a body.
    pub parse: Parse<R>,
}

type Parse<R> = Box<dyn Fn((&str, &str), &[String], &[u8]) -> Option<(R, Vec<u8>)> + Send + Sync>;

/// Sends request `which` to an instance. Returns whether the instance took it.
pub(crate) type Ask = Box<dyn Fn(&Shared, usize) -> bool>;

/// Sends requests to the lane that takes jobs from `jobs`. The lane runs as long as this lives.
pub(crate) fn asking<S: Service>(requests: Requests<S::Request>, jobs: mpsc::Sender<Job<S>>) -> Ask {
    Box::new(move |shared, which| ask(shared, which, &requests, &jobs))
}

fn ask<S: Service>(
    shared: &Shared,
    which: usize,
    requests: &Requests<S::Request>,
    jobs: &mpsc::Sender<Job<S>>,
) -> bool {
    let (reply, answer) = oneshot::channel();
    let Some(job) = job(shared, which, requests, reply) else { return false };
    if jobs.try_send(job).is_err() {
        return false;
    }
    let before = shared.get().sends(which);
    let shared = shared.clone();
    tokio::spawn(async move {
        let answer = answer.await;
        let mut sim = shared.get();
        sim.note(|| match &answer {
            Ok(Reply::Answered(answer)) => {
                format!("request {which} is answered: {} {}", answer.status, answer.body)
            }
            Ok(Reply::Failed(problem)) => format!("request {which} failed: {problem:?}"),
            Err(_) => format!("request {which} gets no answer"),
        });
        sim.requests[which].asking -= 1;
        if let Ok(Reply::Answered(answer)) = answer {
            sim.is_answered(which, answer, before);
        }
    });
    true
}

/// A request as its lane takes it; none if its path cannot be read.
fn job<S: Service>(
    shared: &Shared,
    which: usize,
    requests: &Requests<S::Request>,
    reply: oneshot::Sender<Reply>,
) -> Option<Job<S>> {
    let sim = shared.get();
    let request = &sim.requests[which];
    let (method, path, made, fingerprint) = match &request.wish {
        Wish::Begin(entry) => {
            let entry = &requests.entries[*entry];
            let mut draw = Draw { rng: Rng::new(request.seed), number: request.number };
            let made = match &entry.make {
                Making::Written(make) => make(&mut draw),
                Making::Drawn(beginning) => {
                    let body = beginning.draw(&mut draw).to_string();
                    (requests.parse)(("POST", entry.path), &[], body.as_bytes())?.0
                }
            };
            ("POST", entry.path, made, request.number.to_string())
        }
        Wish::Act(act) => {
            let saga = &sim.saga;
            let Person { method, path, .. } = &saga.plan.people()[act.person];
            let params = std::slice::from_ref(&act.param);
            let (made, text) = (requests.parse)((method, path), params, act.body.as_bytes())?;
            (*method, saga.path(path), made, String::from_utf8_lossy(&text).into_owned())
        }
    };
    let key = RequestKey { route: format!("{method} {path}"), idem_key: request.number.to_string() };
    Some(Job {
        method,
        path,
        request: made,
        key: request.keyed.then_some(key),
        fingerprint,
        trace: Trace::root(),
        began: std::time::Instant::now(),
        reply,
    })
}

/// How a service stood when it was asked, and whether it was the first time.
type Before = Option<(Look, bool)>;

impl Sim {
    /// A request is sent.
    fn sends(&mut self, which: usize) -> Before {
        let (saga, request) = (self.saga.clone(), &mut self.requests[which]);
        request.asking += 1;
        let Wish::Act(act) = &mut request.wish else { return None };
        act.sent += 1;
        let is_first = act.sent == 1 || !request.keyed;
        let (person, correlation) = (&saga.plan.people()[act.person], act.correlation.clone());
        Some((self.look(person, &correlation), is_first))
    }

    /// A request is answered.
    fn is_answered(&mut self, which: usize, answer: StoredAnswer, before: Before) {
        let saga = self.saga.clone();
        if let (Wish::Act(act), Some((before, is_first))) = (&self.requests[which].wish, before) {
            let after = self.look(&saga.plan.people()[act.person], &act.correlation);
            let outcome = Outcome { answer: answer.clone(), before, after, is_first };
            if let Wish::Act(act) = &mut self.requests[which].wish {
                act.outcomes.push(outcome);
            }
        }
        self.requests[which].answers.push(answer);
    }
}
