//! Which requests are the same one: those with the same idempotency key.

use std::collections::HashMap;

use axum::http::StatusCode;

use super::{Job, Problem, Reply};
use crate::mutation::{self, Mutation};
use crate::service::Service;
use crate::store::{RequestKey, StoredAnswer};

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

/// The reply to a job whose key was claimed by an earlier transaction.
pub(super) fn repeated<S: Service>(job: &Job<S>, stored: Option<&StoredAnswer>) -> Reply {
    match stored {
        Some(answer) if answer.fingerprint == job.fingerprint => Reply::Answered(answer.clone()),
        _ => key_reused(),
    }
}

/// The reply to a job whose key an earlier job of the batch has.
pub(super) fn follow<S: Service>(job: &Job<S>, first: &Job<S>, reply: &Reply) -> Reply {
    if job.fingerprint == first.fingerprint { reply.clone() } else { key_reused() }
}

fn key_reused() -> Reply {
    let detail = "this `Idempotency-Key` was used with another path or body";
    Reply::Failed(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
}
