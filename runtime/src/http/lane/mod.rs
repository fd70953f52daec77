//! The lane of the requests that write: whatever has come in while the last
//! transaction was committed shares the next one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::{error, warn};

use super::problem::Problem;
use crate::lane::{commit, load, store, write_notes};
use crate::metrics::{LaneKind, Metrics};
use crate::protocol::numbering::{Cause, Partitions, Sender};
use crate::relay::RelayHandle;
use crate::service::Service;
use crate::store::{Fence, RequestKey, Session, ShardId, ShardMove, Store, StoreError, StoredAnswer, Writes};
use crate::topology::Topology;
use crate::traces::Traces;
use crate::wire::{Trace, rfc3339};

mod decide;
mod ownership;

use decide::{Decided, Leader, again, follow, leaders};
use ownership::{Holding, Lease};

/// The most requests one transaction handles.
const MAX_BATCH: usize = 500;
/// How long a local shard stays ours without renewal.
const LEASE: Duration = Duration::from_secs(10);
/// How long a request waits for a database that is away.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request that waits for its answer.
pub struct Job<S: Service> {
    /// The route's path.
    pub path: &'static str,
    /// The request.
    pub request: S::Request,
    /// Its idempotency key.
    pub key: Option<RequestKey>,
    /// A hash of its body, if it has a key.
    pub fingerprint: String,
    /// The span of answering it.
    pub trace: Trace,
    /// When it came.
    pub began: std::time::Instant,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Reply>,
}

/// What comes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It was decided, with success or not.
    Answered(StoredAnswer),
    /// It was not decided.
    Failed(Problem),
}

impl Reply {
    /// Its HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Answered(answer) => answer.status,
            Self::Failed(problem) => problem.status(),
        }
    }
}

/// The lane and what it remembers of its shard.
pub struct HttpLane<S: Service, D: Store> {
    service: Arc<S>,
    store: D,
    topology: Arc<Topology>,
    /// As the last take-over found them.
    partitions: Arc<Partitions>,
    relay: RelayHandle,
    metrics: Arc<Metrics>,
    /// The last number of each shard it has held, by its name.
    remembered: BTreeMap<String, i64>,
    traces: Arc<Traces>,
    held: Option<Holding<D::Session>>,
    /// Of the shard it holds, or held last.
    lease: Option<Lease>,
}

impl<S: Service, D: Store> HttpLane<S, D> {
    /// A lane that has no shard yet.
    pub fn new(
        service: Arc<S>,
        store: D,
        topology: Arc<Topology>,
        relay: RelayHandle,
        metrics: Arc<Metrics>,
        traces: Arc<Traces>,
    ) -> Self {
        let partitions = topology.partitions();
        Self {
            service,
            store,
            topology,
            partitions,
            relay,
            metrics,
            remembered: BTreeMap::new(),
            traces,
            held: None,
            lease: None,
        }
    }

    /// Serves jobs until every sender is gone, then gives its shard up.
    pub async fn run(mut self, mut jobs: mpsc::Receiver<Job<S>>, mut lost: mpsc::UnboundedReceiver<ShardId>) {
        let mut renewal = interval(LEASE / 3);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::new();
        loop {
            // What is rarely ready comes first: the lease is renewed under any load.
            tokio::select! {
                biased;
                _ = renewal.tick() => self.renew().await,
                Some(shard) = lost.recv() => {
                    if self.held.as_ref().is_some_and(|held| held.sequence.shard == shard) {
                        self.recover().await;
                    }
                }
                received = jobs.recv_many(&mut batch, MAX_BATCH) => {
                    if received == 0 {
                        break;
                    }
                    self.serve(std::mem::take(&mut batch)).await;
                }
            }
        }
        self.release().await;
    }

    /// Answers jobs, trying again for a while when the database is away.
    async fn serve(&mut self, mut jobs: Vec<Job<S>>) {
        let deadline = Instant::now() + PATIENCE;
        while !jobs.is_empty() {
            let before = self.held.as_ref().map_or(0, |held| held.sequence.last_seq);
            let decided = match &mut self.held {
                Some(_) => self.attempt(&mut jobs).await,
                None => Err((StoreError::Unavailable("no shard".into()), None)),
            };
            match decided {
                Ok(replies) => return answer_all(jobs, replies),
                Err((StoreError::Conflict(_), _)) => self.rollback().await,
                Err((StoreError::Refused(reason), _)) => {
                    error!(reason, requests = jobs.len(), "the database refuses what requests wrote");
                    self.rollback().await;
                    let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "it cannot be stored");
                    return fail_all(jobs, &problem);
                }
                Err((error, pending)) => {
                    warn!(%error, "requests wait for the database");
                    self.metrics.lanes.failed(&error);
                    self.forget_lost(&error);
                    let Some(ours) = self.recover_by(deadline).await else {
                        return fail_all(jobs, &Problem::unavailable("the database is not available"));
                    };
                    let Some(pending) = pending else { continue };
                    if !ours {
                        refuse_unknown(&mut jobs);
                    } else if pending.last_seq > before && self.is_at(pending.last_seq) {
                        // The shard's number tells that the commit happened whose answer was lost.
                        return answer_all(jobs, pending.replies);
                    }
                }
            }
        }
    }

    async fn rollback(&mut self) {
        let broken = match &mut self.held {
            Some(held) => held.session.rollback().await.is_err(),
            None => false,
        };
        if broken {
            self.recover().await;
        }
    }
}

/// Answers that were decided, and hang on a commit.
struct Pending {
    replies: Vec<Reply>,
    last_seq: i64,
}

impl<S: Service, D: Store> HttpLane<S, D> {
    /// One transaction over `jobs`. A job whose handler panics is answered and removed.
    async fn attempt(&mut self, jobs: &mut Vec<Job<S>>) -> Result<Vec<Reply>, (StoreError, Option<Pending>)> {
        loop {
            match self.try_jobs(jobs).await? {
                Ok(replies) => return Ok(replies),
                Err(panicked) => {
                    self.rollback().await;
                    let job = jobs.remove(panicked);
                    let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the handler panicked");
                    let _ = job.reply.send(Reply::Failed(problem));
                    if self.held.is_none() {
                        return Err((StoreError::Unavailable("no shard".into()), None));
                    }
                }
            }
        }
    }

    /// The replies, or which job panicked.
    async fn try_jobs(
        &mut self,
        jobs: &[Job<S>],
    ) -> Result<Result<Vec<Reply>, usize>, (StoreError, Option<Pending>)> {
        let began = std::time::Instant::now();
        let plain = |error| (error, None);
        let Some(held) = &mut self.held else {
            return Err((StoreError::Unavailable("no shard".into()), None));
        };
        let (keys, leaders) = leaders(jobs);
        let mut rows = S::Rows::default();
        for job in jobs {
            self.service.want_for_request(&job.request, &mut rows);
        }
        let fence = Fence {
            shard: held.sequence.shard,
            token: held.token,
            next_offset: 0,
            last_seq: held.sequence.last_seq,
        };
        held.session.begin(&[fence]).await.map_err(plain)?;
        let stored = match keys.as_slice() {
            [] => Vec::new(),
            keys => held.session.claim_requests(keys).await.map_err(plain)?,
        };
        load(&mut held.session, &mut rows).await.map_err(plain)?;

        let mut sequence = held.sequence.clone();
        let time = rfc3339(OffsetDateTime::now_utc());
        let sender = Sender { saga: S::SAGA, service: S::NAME, time: &time };
        let mut decided = Decided::default();
        decided.out.traced = self.traces.is_on();
        for (at, job) in jobs.iter().enumerate() {
            decided.out.cause = at;
            let reply = match leaders[at] {
                Leader::Key(key) if stored[key].is_some() => again(job, stored[key].as_ref()),
                Leader::Job(first) => follow(job, &jobs[first], &decided.replies[first]),
                Leader::Key(_) | Leader::None => {
                    let Some(answer) = decided.decide(&*self.service, job, &mut rows) else {
                        return Ok(Err(at));
                    };
                    if let (Some(key), Leader::Key(_)) = (&job.key, leaders[at]) {
                        decided.answers.push((key.clone(), answer.clone()));
                    }
                    Reply::Answered(answer)
                }
            };
            for emission in decided.out.emissions.drain(..) {
                let cause = Cause { id: None, trace: job.trace };
                sequence
                    .push(&emission, &decided.out.bytes, sender, cause, &self.partitions, &mut decided.outbox)
                    .map_err(|fault| plain(StoreError::Refused(fault.to_string())))?;
            }
            decided.replies.push(reply);
        }
        let Decided { out, outbox, replies, answers } = decided;
        let writes = Writes {
            shards: vec![ShardMove {
                shard: sequence.shard,
                next_offset: 0,
                last_seq: sequence.last_seq,
                applied: crate::lane::count(replies.len()),
                dropped: 0,
            }],
            destinations: sequence.changed_since(&held.sequence).collect(),
            outbox,
            answers,
            ..Writes::default()
        };
        store(&mut held.session, &mut rows).await.map_err(plain)?;
        if let Err(error) = commit(&mut held.session, &writes).await {
            return Err((error, Some(Pending { replies, last_seq: sequence.last_seq })));
        }
        held.sequence = sequence;
        self.relay.feed(writes.outbox);
        self.metrics.lanes.batch(LaneKind::Requests, replies.len(), began, &out.tally);
        write_notes::<S>(&out.notes);
        self.traces.answered(jobs, &replies, &out.notes);
        Ok(Ok(replies))
    }
}

fn answer_all<S: Service>(jobs: Vec<Job<S>>, replies: Vec<Reply>) {
    for (job, reply) in jobs.into_iter().zip(replies) {
        // A caller that is gone needs no answer.
        let _ = job.reply.send(reply);
    }
}

/// Of requests that may have been committed, only those with a key can be tried
/// again: their stored answers tell.
fn refuse_unknown<S: Service>(jobs: &mut Vec<Job<S>>) {
    let (known, unknown) = std::mem::take(jobs).into_iter().partition(|job| job.key.is_some());
    *jobs = known;
    fail_all(unknown, &Problem::unavailable("it is not known whether the request was carried out"));
}

fn fail_all<S: Service>(jobs: Vec<Job<S>>, problem: &Problem) {
    for job in jobs {
        let _ = job.reply.send(Reply::Failed(problem.clone()));
    }
}
