//! Requests in one transaction: what comes of each.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::http::StatusCode;

use super::idempotency::{Leader, follow, leaders, repeated};
use super::{Job, Problem, Reply};
use crate::context::Outgoing;
use crate::lane::locks::{Locks, needed_step, waits};
use crate::lane::pace::Stopwatch;
use crate::lane::transaction::{ShardTurn, Work, count};
use crate::outcome::Fault;
use crate::protocol::batch::{Failure, Pace, Undecided, Watch as _, panic_text};
use crate::protocol::numbering::{Cause, Sender};
use crate::rows::Rows as _;
use crate::service::{Answer, Places, Service, requests};
use crate::store::{RequestKey, Session, StoreError, StoredAnswer, Writes};
use crate::traces::Traces;

/// Requests that share a transaction.
pub(super) struct Requests<'j, S: Service> {
    jobs: &'j [Job<S>],
    /// The rows that say which saga instances the jobs are about, as they were before anything was locked.
    seen: S::Rows,
    /// Where the rows can be read that they create.
    places: &'j Places,
    /// The idempotency keys to claim, each once.
    keys: Vec<RequestKey>,
    /// Whose answer each job gets.
    leaders: Vec<Leader>,
    /// The answers that the keys got before.
    stored: Vec<Option<StoredAnswer>>,
    replies: Vec<Reply>,
    /// The answers to store.
    answers: Vec<(RequestKey, StoredAnswer)>,
}

impl<'j, S: Service> Requests<'j, S> {
    pub(super) fn of(jobs: &'j [Job<S>], places: &'j Places) -> Self {
        let (keys, leaders) = leaders(jobs);
        Self {
            jobs,
            seen: S::Rows::default(),
            places,
            keys,
            leaders,
            stored: Vec::new(),
            replies: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Reads the rows that say which saga instances the jobs are about.
    async fn look<C: Session>(&mut self, session: &mut C) -> Result<(), StoreError> {
        let mut seen = S::Rows::default();
        for job in self.jobs {
            S::look(&job.request, &mut seen);
        }
        for table in seen.tables() {
            session.read_table(table).await?;
        }
        self.seen = seen;
        Ok(())
    }

    /// What comes of each job, in their order.
    pub(super) fn into_replies(self) -> Vec<Reply> {
        self.replies
    }
}

impl<S: Service> Work<S> for Requests<'_, S> {
    async fn blocked<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        locks: &mut Locks,
    ) -> Result<Vec<Failure>, StoreError> {
        self.look(session).await?;
        let mut rows = S::Rows::default();
        for job in self.jobs {
            requests::lock_steps::<S>(&job.request, &self.seen, &mut rows);
        }
        let mut locked = Vec::new();
        for steps in rows.steps() {
            locked.extend(locks.steps(session, steps).await?);
        }
        if !locked.is_empty() {
            let needs = self.jobs.iter().enumerate().filter_map(|(item, job)| {
                let mut own = S::Rows::default();
                requests::lock_steps::<S>(&job.request, &self.seen, &mut own);
                own.steps()
                    .into_iter()
                    .find_map(|steps| needed_step(steps, &locked))
                    .map(|row| waits(item, row))
            });
            return Ok(needs.collect());
        }
        for steps in rows.steps() {
            session.load_steps(steps).await?;
        }
        let want = |item: usize, rows: &mut S::Rows| {
            requests::lock_rows(service, &self.jobs[item].request, &self.seen, rows);
        };
        locks.blocked(session, &mut rows, self.jobs.len(), want).await
    }

    async fn claim<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        rows: &mut S::Rows,
    ) -> Result<(), StoreError> {
        if !self.keys.is_empty() {
            self.stored = session.claim_requests(&self.keys).await?;
        }
        self.look(session).await?;
        for job in self.jobs {
            requests::lock_steps::<S>(&job.request, &self.seen, rows);
        }
        for steps in rows.steps() {
            session.load_steps(steps).await?;
        }
        for job in self.jobs {
            requests::lock_rows(service, &job.request, &self.seen, rows);
        }
        Ok(())
    }

    fn decide(
        &mut self,
        service: &S,
        rows: &mut S::Rows,
        out: &mut Outgoing,
        watch: &mut Stopwatch,
    ) -> Result<(), Undecided> {
        let failed =
            |item, fault| Undecided { failures: vec![Failure { item, fault, step: None }], outlasted: None };
        for (at, (job, leader)) in self.jobs.iter().zip(&self.leaders).enumerate() {
            let reply = match *leader {
                Leader::Key(key) if self.stored[key].is_some() => repeated(job, self.stored[key].as_ref()),
                Leader::Job(first) => follow(job, &self.jobs[first], &self.replies[first]),
                Leader::Key(_) | Leader::None => {
                    out.cause = at;
                    let answer = answer(service, job, self.places, &self.seen, rows, out)
                        .map_err(|fault| failed(at, fault))?;
                    match watch.handled(None) {
                        Pace::TooSlow(fault) => return Err(failed(at, fault)),
                        Pace::Outlasted if at + 1 < self.jobs.len() => {
                            return Err(Undecided { failures: Vec::new(), outlasted: Some(at + 1) });
                        }
                        Pace::Outlasted | Pace::InTime => {}
                    }
                    if let (Some(key), Leader::Key(_)) = (&job.key, leader)
                        && is_final(&answer)
                    {
                        self.answers.push((key.clone(), answer.clone()));
                    }
                    Reply::Answered(answer)
                }
            };
            self.replies.push(reply);
        }
        Ok(())
    }

    fn cause(&self, item: usize, _: &Traces) -> Cause<'_> {
        Cause { shard: 0, id: None, trace: self.jobs[item].trace }
    }

    fn write(
        &mut self,
        shards: &mut [ShardTurn<'_>],
        writes: &mut Writes,
        _: Sender<'_>,
    ) -> Result<(), StoreError> {
        for shard in shards {
            shard.applied = count(self.jobs.len());
        }
        writes.answers = std::mem::take(&mut self.answers);
        Ok(())
    }
}

/// Whether the same request gets the same answer later. What is not there, or not in the right status, may
/// be by then, and a client that tries again with its key wants to know. A key that is claimed without an
/// answer is as good as new.
fn is_final(answer: &StoredAnswer) -> bool {
    ![StatusCode::NOT_FOUND, StatusCode::CONFLICT].map(|it| it.as_u16()).contains(&answer.status)
}

/// The answer of the service to a job that nothing has answered before.
fn answer<S: Service>(
    service: &S,
    job: &Job<S>,
    places: &Places,
    seen: &S::Rows,
    rows: &mut S::Rows,
    out: &mut Outgoing,
) -> Result<StoredAnswer, Fault> {
    let before = out.emissions.len();
    // The rows are thrown away after a panic, so nothing half-done is seen.
    let answered =
        catch_unwind(AssertUnwindSafe(|| requests::answer(service, &job.request, seen, rows, out)))
            .map_err(|panic| Fault::Panic(panic_text(panic.as_ref())))?;
    if let Some(fault) = out.fault.take() {
        return Err(fault);
    }
    let fingerprint = job.fingerprint.clone();
    Ok(match answered {
        Ok(Answer { status, created, body }) => {
            if created.is_some() && out.emissions.len() > before {
                out.tally.begun();
            }
            let location = created.and_then(|(entity, key)| places.locate(entity, &key)).unwrap_or_default();
            StoredAnswer { fingerprint, status, location, body }
        }
        Err(refusal) => {
            out.emissions.truncate(before);
            let problem = Problem::from(&refusal);
            let (status, body) = (problem.status(), problem.json());
            StoredAnswer { fingerprint, status, location: String::new(), body }
        }
    })
}
