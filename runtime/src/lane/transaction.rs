//! One transaction of a lane.
//!
//! Every write of a service goes through [`Resources::transact`], in this order: lock and compare the
//! shard rows, claim and lock what comes before the entity rows, load the entity rows, decide, number
//! what is published, write, commit, and only then hand it to the relay. It is also the order of the
//! locks, which all transactions share. What a transaction is about is its [`Work`].

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::activity::Phase;
use super::locks::Locks;
use super::pace::{Stopwatch, apart};
use super::resources::Resources;
pub(super) use super::turn::ShardTurn;
use crate::context::Outgoing;
use crate::mutation::{self, CrashPoint, Mutation};
use crate::protocol::batch::{Failure, Undecided};
use crate::protocol::numbering::{Cause, Sender, Sequence};
use crate::rows::Rows;
use crate::service::Service;
use crate::store::{Fence, Outbox, Session, ShardId, StoreError, Writes};
use crate::traces::Traces;
use crate::wire::Trace;

/// What differs from one kind of transaction to another. The methods are called in this order.
pub(super) trait Work<S: Service>: Send {
    /// Looks, without waiting, which messages or requests need rows that other transactions hold locked.
    /// Asked only after a lock did not come in time.
    fn blocked<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        locks: &mut Locks,
    ) -> impl Future<Output = Result<Vec<Failure>, StoreError>> + Send;

    /// Claims and locks what comes before the entity rows in the order of locks, and names those rows.
    fn claim<C: Session>(
        &mut self,
        service: &S,
        session: &mut C,
        rows: &mut S::Rows,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Asks what is asked inside the transaction, after the rows are loaded.
    ///
    /// # Errors
    /// [`StoreError`].
    fn ask<C: Session>(
        &mut self,
        session: &mut C,
        rows: &mut S::Rows,
    ) -> impl Future<Output = Result<Asked, StoreError>> + Send {
        let _ = (session, rows);
        std::future::ready(Ok(Asked::Nothing))
    }

    /// Decides on the loaded rows.
    ///
    /// # Errors
    /// What cannot be handled, or how far the time went. The rows are useless then.
    fn decide(
        &mut self,
        service: &S,
        rows: &mut S::Rows,
        out: &mut Outgoing,
        watch: &mut Stopwatch,
    ) -> Result<(), Undecided>;

    /// Why something is published: the message or request at this place.
    fn cause(&self, item: usize, traces: &Traces) -> Cause<'_>;

    /// Says how each shard moves, and adds what else is stored.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when something cannot be stored.
    fn write(
        &mut self,
        shards: &mut [ShardTurn<'_>],
        writes: &mut Writes,
        sender: Sender<'_>,
    ) -> Result<(), StoreError>;
}

/// What came of asking inside a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing was asked.
    Nothing,
    /// Rows may have changed beside those that are loaded.
    Answered,
    /// What was done must not remain: the work is run once more, on what is known now.
    Again,
}

/// How a transaction ended. It is rolled back unless it was committed; after [`Ended::InDoubt`] and
/// [`Ended::Lost`] the session is of no more use.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is not kept")]
pub(super) enum Ended {
    /// Everything is stored, and the relay has what was published.
    Committed(Committed),
    /// Some cannot be handled, or there was no time for all of them; nothing is stored. If the session is
    /// `broken`, another one goes on: no commit was sent, so the shards are still what they were.
    Failed { undecided: Undecided, broken: bool },
    /// A lock did not come in time; nothing is stored. These shards are locked, if it was one of theirs;
    /// otherwise the same again looks which rows are.
    Locked(Vec<ShardId>),
    /// It lost against a concurrent transaction; nothing is stored, and the same again will work.
    Conflict(String),
    /// The database refuses the data, and always will; nothing is stored.
    Refused(String),
    /// The commit was sent, and its outcome is not known: take over again, and compare the numbers that
    /// the shards have if it happened.
    InDoubt { error: StoreError, sequences: Vec<Sequence> },
    /// The shards have another owner, or the connection broke: take over again. Nothing is stored.
    Lost(StoreError),
}

/// What a committed transaction leaves to its lane.
pub(super) struct Committed {
    /// The numbers of its shards, in the order of their turns.
    pub sequences: Vec<Sequence>,
    /// What was stored; the outbox has gone to the relay.
    pub writes: Writes,
    /// What was decided. It is published already.
    pub out: Outgoing,
    /// The spans in which something was published, by the place of the message or request.
    pub spans: Vec<(usize, Trace)>,
    /// When the transaction began.
    pub began: Instant,
    /// How long its handlers took.
    pub took: Duration,
}

impl<S: Service> Resources<S> {
    /// One transaction over `shards`.
    pub(super) async fn transact<C: Session, W: Work<S>>(
        &mut self,
        session: &mut C,
        shards: Vec<ShardTurn<'_>>,
        work: &mut W,
    ) -> Ended {
        let ids: Vec<ShardId> = shards.iter().map(|shard| shard.fence.shard).collect();
        let ended = self.attempt(session, shards, work).await;
        self.activity.enter(Phase::Idle);
        if !matches!(ended, Ok(Ended::Conflict(_))) {
            self.given.forget();
        }
        let ended = match ended {
            Ok(ended) => ended,
            Err(StoreError::Conflict(reason)) => Ended::Conflict(reason),
            Err(StoreError::Refused(reason)) => Ended::Refused(reason),
            Err(StoreError::Locked(reason)) => {
                let locked = self.locks.missed(S::NAME, session, &ids, &reason).await;
                return locked.map_or_else(Ended::Lost, Ended::Locked);
            }
            Err(error) => Ended::Lost(error),
        };
        if !matches!(ended, Ended::Failed { .. } | Ended::Conflict(_) | Ended::Refused(_)) {
            return ended;
        }
        match (session.rollback().await, ended) {
            (Ok(()), ended) => ended,
            (Err(_), Ended::Failed { undecided, .. }) => Ended::Failed { undecided, broken: true },
            (Err(error), _) => Ended::Lost(error),
        }
    }

    async fn attempt<C: Session, W: Work<S>>(
        &mut self,
        session: &mut C,
        mut shards: Vec<ShardTurn<'_>>,
        work: &mut W,
    ) -> Result<Ended, StoreError> {
        let began = Instant::now();
        let fences: Vec<Fence> = shards.iter().map(|shard| shard.fence).collect();
        self.activity.enter(Phase::Beginning);
        session.begin(&fences).await?;
        if self.locks.suspects() {
            let failures = work.blocked(&self.service, session, &mut self.locks).await?;
            if !failures.is_empty() {
                self.locks.report(S::NAME, session, failures.len()).await?;
                return Ok(failed(failures));
            }
            // Looking locked rows that come later in the order of locks.
            session.rollback().await?;
            session.begin(&fences).await?;
        }
        self.activity.enter(Phase::Loading);

        let Some(mut rows) = self.loaded(session, work).await? else { return Ok(failed(Vec::new())) };

        let mut out = Outgoing { traced: self.traces.is_on(), ..Outgoing::default() };
        let mut watch = Stopwatch::new(self.bounds, self.activity.clone());
        self.activity.enter(Phase::Deciding);
        let decided = apart(|| work.decide(&self.service, &mut rows, &mut out, &mut watch));
        self.report_slow(&watch);
        if let Err(undecided) = decided {
            return Ok(Ended::Failed { undecided, broken: false });
        }
        if let Some(taken) = self.given.look(session, &mut rows).await? {
            return Ok(Ended::Conflict(taken));
        }

        let time = Timestamp::now().to_string();
        let sender = Sender {
            saga: S::SAGA,
            service: S::NAME,
            time: &time,
            partition_counts: &self.partition_counts,
            limits: &self.topology.limits(),
            prefix: self.topology.prefix(),
        };
        let (outbox, spans) = match self.number(&out, &mut shards, work, sender) {
            Ok(numbered) => numbered,
            Err(failure) => return Ok(failed(vec![failure])),
        };

        let mut writes = Writes { outbox, ..Writes::default() };
        work.write(&mut shards, &mut writes, sender)?;
        for shard in &shards {
            writes.shards.push(shard.moved());
            writes.destinations.extend(shard.sequence.changed_since(shard.before));
        }
        if mutation::active(Mutation::UncommittedSend) {
            self.relay.feed(writes.outbox.clone());
        }
        self.activity.enter(Phase::Writing);
        store(session, &mut rows).await?;

        self.activity.enter(Phase::Committing);
        let committed = commit(session, &writes).await;
        let sequences = shards.into_iter().map(|shard| shard.sequence).collect();
        match committed {
            Ok(()) => {
                self.relay.feed(std::mem::take(&mut writes.outbox));
                self.locks.passed();
                if out.due_now {
                    self.timers.notify_one();
                }
                Ok(Ended::Committed(Committed { sequences, writes, out, spans, began, took: watch.took() }))
            }
            Err(error @ (StoreError::Conflict(_) | StoreError::Refused(_) | StoreError::Locked(_))) => {
                Err(error)
            }
            Err(error) => Ok(Ended::InDoubt { error, sequences }),
        }
    }

    /// The rows that `work` needs, as they are after it has asked what is asked inside the transaction; none
    /// if it is to be run once more.
    async fn loaded<C: Session, W: Work<S>>(
        &self,
        session: &mut C,
        work: &mut W,
    ) -> Result<Option<S::Rows>, StoreError> {
        let mut rows = S::Rows::default();
        work.claim(&self.service, session, &mut rows).await?;
        self.given.want(&mut rows);
        load(session, &mut rows).await?;
        match work.ask(session, &mut rows).await? {
            Asked::Nothing => {}
            Asked::Answered => {
                rows = S::Rows::default();
                work.claim(&self.service, session, &mut rows).await?;
                self.given.want(&mut rows);
                load(session, &mut rows).await?;
            }
            Asked::Again => return Ok(None),
        }
        Ok(Some(rows))
    }

    /// Numbers what is published: each emission by the shard of the message or request that caused it.
    fn number<W: Work<S>>(
        &self,
        out: &Outgoing,
        shards: &mut [ShardTurn<'_>],
        work: &W,
        sender: Sender<'_>,
    ) -> Result<(Outbox, Vec<(usize, Trace)>), Failure> {
        let mut outbox = Outbox::default();
        let mut spans: Vec<(usize, Trace)> = Vec::new();
        let mut current: Option<(usize, Cause<'_>)> = None;
        for emission in &out.emissions {
            let cause = match current {
                Some((item, cause)) if item == emission.cause => cause,
                _ => {
                    let cause = work.cause(emission.cause, &self.traces);
                    spans.push((emission.cause, cause.trace));
                    cause
                }
            };
            current = Some((emission.cause, cause));
            shards[cause.shard]
                .sequence
                .push(emission, &out.bytes, cause, sender, &mut outbox)
                .map_err(|fault| Failure { item: emission.cause, fault, step: None })?;
        }
        Ok((outbox, spans))
    }
}

fn failed(failures: Vec<Failure>) -> Ended {
    Ended::Failed { undecided: Undecided { failures, outlasted: None }, broken: false }
}

/// Locks and loads the named entity rows, and the keys of rows that may be created.
async fn load<R: Rows, C: Session>(session: &mut C, rows: &mut R) -> Result<(), StoreError> {
    let mut tables = rows.tables();
    for table in &mut tables {
        session.load_table(*table).await?;
    }
    if tables.iter().any(|table| table.wants_ids()) {
        session.load_ids(&mut tables).await?;
    }
    Ok(())
}

/// Writes the rows that changed.
async fn store<R: Rows, C: Session>(session: &mut C, rows: &mut R) -> Result<(), StoreError> {
    let remember =
        !mutation::active(Mutation::AddressInMemory) && !mutation::active(Mutation::RestartBetweenMessages);
    for steps in rows.steps().into_iter().filter(|_| remember) {
        session.write_steps(steps).await?;
    }
    for table in rows.tables() {
        session.write_table(table).await?;
    }
    Ok(())
}

/// Writes `writes` and commits.
async fn commit<C: Session>(session: &mut C, writes: &Writes) -> Result<(), StoreError> {
    mutation::crash_at(CrashPoint::BeforeCommit);
    match session.commit(writes).await {
        Err(StoreError::CommitUnknown(_)) if mutation::active(Mutation::UnknownTakenAsCommitted) => {}
        committed => committed?,
    }
    mutation::crash_at(CrashPoint::AfterCommit);
    Ok(())
}

/// A number of messages or requests, as tables count them.
pub(super) fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
