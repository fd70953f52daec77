//! The lane of the requests that write: those that came in while the last transaction was committed
//! share the next one.

mod batch;
mod idempotency;
mod problem;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};
use tracing::{debug, error};

use super::activity::Activity;
use super::lease::{LEASE, LocalShard, Ownership};
use super::pace::Limit;
use super::resources::Resources;
use super::transaction::{Committed, Ended, ShardTurn};
use crate::metrics::{LaneKind, Metrics};
use crate::mutation;
use crate::outcome::Fault;
use crate::protocol::batch::Failure;
use crate::relay::RelayHandle;
use crate::service::{Places, Service};
use crate::store::{RequestKey, ShardId, Store, StoreError, StoredAnswer};
use crate::topology::Topology;
use crate::traces::{Answered, Traces};
use crate::wire::Trace;

use batch::Requests;
pub use problem::Problem;

/// The most requests one transaction handles.
const MAX_BATCH: usize = 500;
/// How long a request waits for a database that is away.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long its caller waits for the answer, whatever holds it up.
pub(crate) const DEADLINE: Duration = Duration::from_millis(5_500);
/// The wait before requests are tried again after an error of the database.
const PAUSE: Duration = Duration::from_millis(50);
/// The wait before a request is tried again that another transaction holds up.
const WAIT: Duration = Duration::from_millis(200);
/// How often requests are tried again at once after they lost against another transaction.
const MAX_CONFLICTS: u32 = 5;

/// A request that waits for its answer.
pub struct Job<S: Service> {
    /// The route's method.
    pub method: &'static str,
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

/// The lane of requests, and what it remembers of its shard.
///
/// Requests come from no partition, so the lane takes a *local* shard and holds it by a lease. As long as
/// no other instance can have had the shard, its numbers show whether a commit happened whose answer was
/// lost, and callers without an idempotency key get their answers even then. Without that certainty they
/// are refused, for the same request again might be a second one.
///
/// See `docs/runtime.md`, "HTTP".
pub struct RequestLane<S: Service, D: Store> {
    resources: Resources<S>,
    shard: LocalShard<D>,
    places: Arc<Places>,
    /// How many requests the next transaction may have.
    limit: Limit,
    /// Requests that are tried again while others are served, and when.
    waiting: Vec<Job<S>>,
    retry: Option<Instant>,
    /// How often in a row a transaction lost against another one.
    conflicts: u32,
}

impl<S: Service, D: Store> RequestLane<S, D> {
    /// A lane that has no shard yet.
    pub fn new(
        service: Arc<S>,
        store: D,
        topology: Arc<Topology>,
        relay: RelayHandle,
        metrics: Arc<Metrics>,
        traces: Arc<Traces>,
    ) -> Self {
        let resources = Resources::new(service, topology, relay, metrics, traces);
        Self {
            resources,
            shard: LocalShard::new("request lane", store),
            places: Arc::new(Places::of::<S>()),
            limit: Limit::new(MAX_BATCH),
            waiting: Vec::new(),
            retry: None,
            conflicts: 0,
        }
    }

    /// What it is doing, for others to see.
    pub fn activity(&self) -> Arc<Activity> {
        self.resources.activity.clone()
    }

    /// The lane, which wakes the lane of timers by `waker` when something is due at once.
    #[must_use]
    pub fn waking(mut self, waker: Arc<Notify>) -> Self {
        self.resources.timers = waker;
        self
    }

    #[cfg(test)]
    pub(super) fn resources(&mut self) -> &mut Resources<S> {
        &mut self.resources
    }

    /// Serves jobs until every sender is gone, then gives its shard up.
    pub async fn run(mut self, mut jobs: mpsc::Receiver<Job<S>>, mut lost: mpsc::UnboundedReceiver<ShardId>) {
        let mut renewal = interval(LEASE / 3);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::new();
        loop {
            mutation::panic_in("request lane");
            // What is rarely ready comes first: the lease is renewed under any load.
            tokio::select! {
                biased;
                _ = renewal.tick() => self.shard.renew(&mut self.resources).await,
                Some(shard) = lost.recv() => self.shard.lost(shard, &mut self.resources).await,
                () = sleep_until(self.retry.unwrap_or_else(Instant::now)), if self.retry.is_some() => {
                    self.retry = None;
                    let waiting = std::mem::take(&mut self.waiting);
                    self.serve(waiting).await;
                }
                received = jobs.recv_many(&mut batch, self.limit.get()) => {
                    if received == 0 {
                        break;
                    }
                    self.serve(std::mem::take(&mut batch)).await;
                }
            }
        }
        self.shard.release().await;
    }

    /// Answers jobs, trying again for a while when the database is away.
    async fn serve(&mut self, jobs: Vec<Job<S>>) {
        let deadline = Instant::now() + PATIENCE;
        // What is handled together, the next at the end.
        let mut groups = vec![jobs];
        while let Some(mut jobs) = groups.pop() {
            // A caller that was told to come back must not be served behind its back.
            jobs.retain(|job| !job.reply.is_closed());
            if jobs.len() > self.limit.get() {
                groups.push(jobs.split_off(self.limit.get()));
            }
            if !jobs.is_empty() {
                groups
                    .extend(self.try_to_serve(jobs, deadline).await.into_iter().filter(|it| !it.is_empty()));
            }
        }
        self.resources.metrics.lanes.locked(LaneKind::Requests, self.resources.locks.suspected());
    }

    /// One transaction over `jobs`. Returns those that are to be tried again, in groups, the first at the
    /// end.
    async fn try_to_serve(&mut self, mut jobs: Vec<Job<S>>, deadline: Instant) -> Vec<Vec<Job<S>>> {
        let places = self.places.clone();
        let mut batch = Requests::of(&jobs, &places);
        let ended = self.attempt(&mut batch).await;
        let replies = batch.into_replies();
        match ended {
            Ended::Committed(committed) => {
                self.conflicts = 0;
                self.limit.committed(jobs.len(), committed.took, self.resources.bounds);
                self.adopt(&jobs, &replies, committed);
                answer_all(jobs, replies);
                return Vec::new();
            }
            Ended::Failed { undecided, broken } => {
                if let Some(handled) = undecided.outlasted {
                    self.limit.outlasted(handled);
                }
                let waiting = fail_some(&mut jobs, undecided.failures);
                self.wait(waiting);
                if broken {
                    self.shard.reconnect(&mut self.resources).await;
                }
                return vec![jobs];
            }
            // Only the one that the database refuses fails.
            Ended::Refused(reason) => return halve(jobs, &reason),
            Ended::Conflict(reason) => {
                debug!(%reason, "requests are tried again");
                self.conflicts += 1;
                if self.conflicts > MAX_CONFLICTS && jobs.len() > 1 {
                    return in_halves(jobs);
                }
                if self.conflicts > MAX_CONFLICTS {
                    self.wait(jobs);
                    return Vec::new();
                }
            }
            Ended::Locked(shards) => {
                if !shards.is_empty() {
                    self.shard.change(&mut self.resources).await;
                }
            }
            Ended::InDoubt { error, sequences } => {
                let expected = sequences.last().map(|sequence| sequence.last_seq);
                let published = expected > self.shard.last_seq();
                match self.shard.recover_from(&error, deadline, &mut self.resources).await {
                    None => return fail_all(jobs, &away()),
                    // The shard's number shows whether the commit happened, though its answer was lost;
                    // unless nothing was published.
                    Some(Ownership::Unbroken) if published => {
                        if self.shard.last_seq() == expected {
                            answer_all(jobs, replies);
                            return Vec::new();
                        }
                    }
                    Some(Ownership::Interrupted | Ownership::Unbroken) => refuse_unknown(&mut jobs),
                }
            }
            Ended::Lost(error) => {
                if self.shard.recover_from(&error, deadline, &mut self.resources).await.is_none() {
                    return fail_all(jobs, &away());
                }
            }
        }
        if Instant::now() > deadline {
            return fail_all(jobs, &away());
        }
        sleep(PAUSE).await;
        vec![jobs]
    }

    /// Tries these again in a while, and serves others meanwhile. It ends when their callers are gone.
    fn wait(&mut self, jobs: Vec<Job<S>>) {
        if !jobs.is_empty() {
            self.waiting.extend(jobs);
            self.retry.get_or_insert_with(|| Instant::now() + WAIT);
        }
    }

    /// One transaction over jobs.
    async fn attempt(&mut self, batch: &mut Requests<'_, S>) -> Ended {
        let Some(held) = &mut self.shard.held else {
            return Ended::Lost(StoreError::Unavailable("no shard".into()));
        };
        let shard = ShardTurn::new(held.fence(), &held.sequence);
        self.resources.transact(&mut held.session, vec![shard], batch).await
    }

    /// Takes over what a committed transaction did to the shard.
    fn adopt(&mut self, jobs: &[Job<S>], replies: &[Reply], mut committed: Committed) {
        if let (Some(held), Some(sequence)) = (&mut self.shard.held, committed.sequences.pop()) {
            held.sequence = sequence;
        }
        self.resources.report(LaneKind::Requests, replies.len(), &committed.out, committed.began);
        let answered = jobs.iter().zip(replies).map(|(job, reply)| Answered {
            method: job.method,
            path: job.path,
            trace: job.trace,
            began: job.began,
            status: reply.status(),
        });
        self.resources.traces.answered::<S>(answered, &committed.out.notes);
    }
}

fn answer_all<S: Service>(jobs: Vec<Job<S>>, replies: Vec<Reply>) {
    for (job, reply) in jobs.into_iter().zip(replies) {
        // A caller that is gone needs no answer.
        let _ = job.reply.send(reply);
    }
}

/// Answers the jobs that cannot be decided, and lets the others go on without them. Returns those that
/// need rows which other transactions hold locked.
fn fail_some<S: Service>(jobs: &mut Vec<Job<S>>, mut failures: Vec<Failure>) -> Vec<Job<S>> {
    let mut waiting = Vec::new();
    // From the end, so that the places of the others stay what they are.
    failures.sort_unstable_by_key(|failure| failure.item);
    for Failure { item, fault, .. } in failures.into_iter().rev() {
        let job = jobs.remove(item);
        let problem = match &fault {
            Fault::Locked(_) => {
                waiting.push(job);
                continue;
            }
            Fault::Panic(_) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the handler panicked"),
            Fault::TooSlow { .. } => Problem::unavailable("the handler took too long"),
            // What the caller sent is in it, so a smaller request can succeed.
            Fault::TooLarge { .. } => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, fault.to_string()),
            _ => unstorable(),
        };
        error!(path = job.path, %fault, "a request cannot be answered");
        let _ = job.reply.send(Reply::Failed(problem));
    }
    waiting.reverse();
    waiting
}

/// Halves the jobs that the database refuses together, until the one it refuses is alone.
fn halve<S: Service>(jobs: Vec<Job<S>>, reason: &str) -> Vec<Vec<Job<S>>> {
    if jobs.len() == 1 {
        let path = jobs.first().map(|job| job.path);
        error!(path, reason, "the database refuses what a request wrote");
        return fail_all(jobs, &unstorable());
    }
    in_halves(jobs)
}

fn in_halves<S: Service>(mut jobs: Vec<Job<S>>) -> Vec<Vec<Job<S>>> {
    let later = jobs.split_off(jobs.len() / 2);
    vec![later, jobs]
}

/// Of requests that may have been committed, only those with a key can be tried
/// again: their stored answers tell.
fn refuse_unknown<S: Service>(jobs: &mut Vec<Job<S>>) {
    let (known, unknown): (Vec<_>, Vec<_>) =
        std::mem::take(jobs).into_iter().partition(|job| job.key.is_some());
    *jobs = known;
    let _ = fail_all(unknown, &Problem::unavailable("it is not known whether the request was carried out"));
}

/// Answers all of them; none is left to try.
fn fail_all<S: Service>(jobs: Vec<Job<S>>, problem: &Problem) -> Vec<Vec<Job<S>>> {
    for job in jobs {
        let _ = job.reply.send(Reply::Failed(problem.clone()));
    }
    Vec::new()
}

fn unstorable() -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "it cannot be stored: the database refuses it")
}

fn away() -> Problem {
    Problem::unavailable("the database is not available")
}
