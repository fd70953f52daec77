//! Which local shard a lane has, and for how long.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::warn;

use super::resources::Resources;
use crate::protocol::numbering::Sequence;
use crate::repeats::Repeats;
use crate::service::Service;
use crate::store::{Fence, RestoreEvidence, Session, ShardId, Store, StoreError, Token};

/// How long a local shard stays ours without renewal.
pub(super) const LEASE: Duration = Duration::from_secs(10);
/// The wait before a database that is away is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// The shard of a lane that reads no partition: requests, deadlines and answers come from none.
///
/// It is held by a lease, and taken over again under the same name as long as the lease lasts. Then no
/// other instance can have had it, and its numbers tell what was committed.
pub(super) struct LocalShard<D: Store> {
    /// What the lane is called, for the log.
    lane: &'static str,
    store: D,
    /// None while the database cannot be reached.
    pub held: Option<Holding<D::Session>>,
    /// Of the shard it holds, or held last.
    lease: Option<Lease>,
    repeats: Repeats,
}

/// A shard, and the connection on which it was taken over.
pub(super) struct Holding<C> {
    pub session: C,
    name: String,
    token: Token,
    pub sequence: Sequence,
}

impl<C> Holding<C> {
    pub(super) fn fence(&self) -> Fence {
        Fence {
            shard: self.sequence.shard,
            token: self.token,
            next_offset: 0,
            last_seq: self.sequence.last_seq,
        }
    }
}

/// Until when no other instance takes a shard.
#[derive(Clone)]
struct Lease {
    name: String,
    until: Instant,
    /// The tokens under which it may have the shard: the last, and those of take-overs without an answer.
    tokens: Vec<Token>,
}

/// Whether another instance can have had a shard between two take-overs of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ownership {
    /// No: what its row says is our own doing.
    Unbroken,
    /// Yes, or it is another shard.
    Interrupted,
}

impl<D: Store> LocalShard<D> {
    /// None yet, for the lane of this name.
    pub(super) fn new(lane: &'static str, store: D) -> Self {
        Self { lane, store, held: None, lease: None, repeats: Repeats::new() }
    }

    /// Keeps the shard for another while; takes one, if it has none.
    pub(super) async fn renew<S: Service>(&mut self, resources: &mut Resources<S>) {
        let until = Instant::now() + LEASE;
        let Some(held) = &mut self.held else {
            self.recover(resources).await;
            return;
        };
        match (held.session.renew(held.sequence.shard, held.token, LEASE).await, &mut self.lease) {
            (Ok(()), Some(lease)) => lease.until = until,
            (Ok(()), None) => {}
            (Err(error), _) => {
                self.say(&error, "failed; reclaiming its shard");
                self.failed(resources, &error);
                self.recover(resources).await;
            }
        }
    }

    /// Logs an error. One that lasts is met by every batch.
    fn say(&self, error: &StoreError, what: &'static str) {
        if let Some(repeated) = self.repeats.due(&error.to_string()) {
            warn!(%error, repeated, "the {} {what}", self.lane);
        }
    }

    /// Takes its shard over again, if it is the one that the relay has lost.
    pub(super) async fn lost<S: Service>(&mut self, shard: ShardId, resources: &mut Resources<S>) {
        if self.held.as_ref().is_some_and(|held| held.sequence.shard == shard) {
            self.recover(resources).await;
        }
    }

    /// Counts an error. A shard that another instance has by now is not taken back: the two would fight
    /// for it without end.
    fn failed<S: Service>(&mut self, resources: &Resources<S>, error: &StoreError) {
        resources.metrics.lanes.failed(error);
        if matches!(error, StoreError::Fenced(_)) {
            self.lease = None;
        }
    }

    /// Takes the same shard over again, so that its numbers tell what was committed; another one, if
    /// another instance may have it. `None` when the database cannot be reached.
    pub(super) async fn recover<S: Service>(&mut self, resources: &mut Resources<S>) -> Option<Ownership> {
        if let Some(held) = self.held.take() {
            resources.remembered.insert(held.name, held.sequence.last_seq);
        }
        self.take_over(resources).await.ok()
    }

    async fn take_over<S: Service>(&mut self, resources: &mut Resources<S>) -> Result<Ownership, StoreError> {
        let evidence =
            RestoreEvidence { remembered: resources.remembered.clone(), ..RestoreEvidence::default() };
        let token = Token::random();
        let mut session = self.store.session().await?;
        let ours = self.lease.clone().filter(|lease| Instant::now() < lease.until);
        if let Some(lease) = &mut self.lease {
            lease.tokens.push(token);
        }
        let mut until = Instant::now() + LEASE;
        let state = match &ours {
            Some(lease) => {
                let names = std::slice::from_ref(&lease.name);
                let Some(state) = session.take_over(names, token, &evidence).await?.pop() else {
                    return Err(StoreError::Incompatible(format!("shard {} was not created", lease.name)));
                };
                until = Instant::now() + LEASE;
                session.renew(state.id, token, LEASE).await?;
                state
            }
            None => session.take_over_local(token, LEASE, &evidence).await?,
        };
        resources.metrics.lanes.took_over(1);
        resources.took_over(&state);
        resources.read_topics(&mut session).await?;
        resources.relay.adopt(&state, token);
        let sequence = Sequence::new(&state, &resources.partition_counts);
        self.held = Some(Holding { session, name: state.name.clone(), token, sequence });
        // Not by the clock, which stands still while the machine sleeps: the row tells who had it last.
        let had = |lease: Lease| state.previous_owner.is_some_and(|owner| lease.tokens.contains(&owner));
        let unbroken = ours.is_some_and(had);
        self.lease = Some(Lease { name: state.name, until, tokens: vec![token] });
        Ok(if unbroken { Ownership::Unbroken } else { Ownership::Interrupted })
    }

    /// Recovers from an error of a transaction, trying again until `deadline`.
    pub(super) async fn recover_from<S: Service>(
        &mut self,
        error: &StoreError,
        deadline: Instant,
        resources: &mut Resources<S>,
    ) -> Option<Ownership> {
        self.say(error, "is waiting for the database");
        self.failed(resources, error);
        loop {
            let recovered = self.recover(resources).await;
            if recovered.is_some() || Instant::now() > deadline {
                return recovered;
            }
            sleep(PAUSE).await;
        }
    }

    /// Opens another connection, if the last one broke before a commit was sent: the shard is what it was.
    pub(super) async fn reconnect<S: Service>(&mut self, resources: &mut Resources<S>) {
        match self.store.session().await {
            Ok(session) => {
                if let Some(held) = &mut self.held {
                    held.session = session;
                }
            }
            Err(error) => {
                self.say(&error, "is waiting for the database");
                self.recover(resources).await;
            }
        }
    }

    /// Takes another shard: a transaction of others holds this one.
    pub(super) async fn change<S: Service>(&mut self, resources: &mut Resources<S>) {
        self.lease = None;
        self.recover(resources).await;
    }

    /// Gives the shard up.
    pub(super) async fn release(&mut self) {
        if let Some(held) = &mut self.held {
            let shard = (held.sequence.shard, held.token);
            if let Err(error) = held.session.release(&[shard]).await {
                warn!(%error, "the shard of the {} was not released; its lease will expire", self.lane);
            }
        }
    }

    /// The number of the last message of its shard.
    pub(super) fn last_seq(&self) -> Option<i64> {
        self.held.as_ref().map(|held| held.sequence.last_seq)
    }
}
