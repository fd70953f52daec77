//! What comes of each request, and which requests are the same one.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::http::StatusCode;
use tracing::error;

use super::{Job, Reply};
use crate::context::{Context, Outgoing};
use crate::http::problem::Problem;
use crate::mutation::{self, Mutation};
use crate::protocol::batch::panic_text;
use crate::service::{Answer, Service};
use crate::store::{Outbox, RequestKey, StoredAnswer};

/// What a transaction over jobs has decided so far.
#[derive(Default)]
pub(super) struct Decided {
    pub out: Outgoing,
    pub outbox: Outbox,
    pub replies: Vec<Reply>,
    pub answers: Vec<(RequestKey, StoredAnswer)>,
}

impl Decided {
    /// The answer of the service; `None` when its handler panicked.
    pub fn decide<S: Service>(
        &mut self,
        service: &S,
        job: &Job<S>,
        rows: &mut S::Rows,
    ) -> Option<StoredAnswer> {
        let mut context = Context { rows, out: &mut self.out };
        // The rows are thrown away after a panic, so nothing half-done is seen.
        let answered = catch_unwind(AssertUnwindSafe(|| service.answer(&job.request, &mut context)));
        let fingerprint = job.fingerprint.clone();
        match answered {
            Ok(Ok(Answer { status, created, body })) => {
                if created.is_some() && !self.out.emissions.is_empty() {
                    self.out.tally.begun();
                }
                let location = created.map(|key| format!("{}/{key}", job.path)).unwrap_or_default();
                Some(StoredAnswer { fingerprint, status, location, body })
            }
            Ok(Err(refusal)) => {
                self.out.emissions.clear();
                let problem = Problem::from(&refusal);
                let (status, body) = (problem.status(), problem.json());
                Some(StoredAnswer { fingerprint, status, location: String::new(), body })
            }
            Err(panic) => {
                error!(
                    panic = panic_text(panic.as_ref()),
                    path = job.path,
                    "the handler of a request panicked"
                );
                None
            }
        }
    }
}

/// Whose answer a job gets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leader {
    /// Its own.
    None,
    /// Its own, unless its key, at this place among the claimed ones, was answered before.
    Key(usize),
    /// That of an earlier job of the batch with the same key.
    Job(usize),
}

/// The keys of jobs, each once, and whose answer each job gets.
pub(super) fn leaders<S: Service>(jobs: &[Job<S>]) -> (Vec<RequestKey>, Vec<Leader>) {
    let mut first: HashMap<&RequestKey, usize> = HashMap::new();
    let mut keys = Vec::new();
    let leaders = jobs.iter().enumerate().map(|(at, job)| match &job.key {
        None => Leader::None,
        Some(_) if mutation::active(Mutation::IdempotencyKey) => Leader::None,
        Some(key) => match first.get(key) {
            Some(first) => Leader::Job(*first),
            None => {
                first.insert(key, at);
                keys.push(key.clone());
                Leader::Key(keys.len() - 1)
            }
        },
    });
    let leaders = leaders.collect();
    (keys, leaders)
}

/// The answer that a request with this key got before.
pub(super) fn again<S: Service>(job: &Job<S>, stored: Option<&StoredAnswer>) -> Reply {
    match stored {
        Some(answer) if answer.fingerprint == job.fingerprint => Reply::Answered(answer.clone()),
        _ => key_reused(),
    }
}

/// The reply to an earlier request with this key.
pub(super) fn follow<S: Service>(job: &Job<S>, first: &Job<S>, reply: &Reply) -> Reply {
    if job.fingerprint == first.fingerprint { reply.clone() } else { key_reused() }
}

fn key_reused() -> Reply {
    let detail = "this `Idempotency-Key` was used with another body";
    Reply::Failed(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
}
