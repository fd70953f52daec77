//! The lane of the requests that write: those that came in while the last transaction was committed
//! share the next one.

mod batch;
mod idempotency;
mod lease;
mod problem;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::error;

use super::activity::Activity;
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
use lease::{Holding, LEASE, Lease, Ownership};
pub use problem::Problem;

/// The most requests one transaction handles.
const MAX_BATCH: usize = 500;
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
    store: D,
    held: Option<Holding<D::Session>>,
    places: Arc<Places>,
    /// Of the shard it holds, or held last.
    lease: Option<Lease>,
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
        Self { resources, store, held: None, places: Arc::new(Places::of::<S>()), lease: None }
    }

    /// What it is doing, for others to see.
    pub fn activity(&self) -> Arc<Activity> {
        self.resources.activity.clone()
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
        let places = self.places.clone();
        while !jobs.is_empty() {
            let mut batch = Requests::of(&jobs, &places);
            let ended = self.attempt(&mut batch).await;
            let replies = batch.into_replies();
            match ended {
                Ended::Committed(committed) => {
                    self.adopt(&jobs, &replies, committed);
                    return answer_all(jobs, replies);
                }
                Ended::Failed(failures) => {
                    failures.into_iter().for_each(|failure| fail_one(&mut jobs, failure))
                }
                Ended::Conflict(_) => {}
                Ended::Refused(reason) => {
                    error!(reason, requests = jobs.len(), "the database refuses what requests wrote");
                    return fail_all(jobs, &unstorable());
                }
                Ended::InDoubt { error, sequences } => {
                    let expected = sequences.last().map(|sequence| sequence.last_seq);
                    let published = expected > self.last_seq();
                    match self.recover_from(&error, deadline).await {
                        None => return fail_all(jobs, &away()),
                        Some(Ownership::Interrupted) => refuse_unknown(&mut jobs),
                        // The shard's number shows that the commit happened, though its answer was lost.
                        Some(Ownership::Unbroken) if published && self.last_seq() == expected => {
                            return answer_all(jobs, replies);
                        }
                        Some(Ownership::Unbroken) => {}
                    }
                }
                Ended::Lost(error) => {
                    if self.recover_from(&error, deadline).await.is_none() {
                        return fail_all(jobs, &away());
                    }
                }
            }
        }
    }

    /// One transaction over jobs.
    async fn attempt(&mut self, batch: &mut Requests<'_, S>) -> Ended {
        let Some(held) = &mut self.held else {
            return Ended::Lost(StoreError::Unavailable("no shard".into()));
        };
        let shard = ShardTurn::new(held.fence(), &held.sequence);
        self.resources.transact(&mut held.session, vec![shard], batch).await
    }

    /// Takes over what a committed transaction did to the shard.
    fn adopt(&mut self, jobs: &[Job<S>], replies: &[Reply], mut committed: Committed) {
        if let (Some(held), Some(sequence)) = (&mut self.held, committed.sequences.pop()) {
            held.sequence = sequence;
        }
        self.resources.report(LaneKind::Requests, replies.len(), &committed.out, committed.began);
        let answered = jobs.iter().zip(replies).map(|(job, reply)| Answered {
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

/// Answers the job that cannot be decided, and lets the others go on without it.
fn fail_one<S: Service>(jobs: &mut Vec<Job<S>>, Failure { item, fault, .. }: Failure) {
    let job = jobs.remove(item);
    error!(path = job.path, %fault, "a request cannot be answered");
    let problem = match fault {
        Fault::Panic(_) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the handler panicked"),
        _ => unstorable(),
    };
    let _ = job.reply.send(Reply::Failed(problem));
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

fn unstorable() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "it cannot be stored")
}

fn away() -> Problem {
    Problem::unavailable("the database is not available")
}
