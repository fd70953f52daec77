//! Which local shard the lane of requests has, and for how long.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::warn;

use super::RequestLane;
use crate::protocol::numbering::Sequence;
use crate::service::Service;
use crate::store::{Fence, RestoreEvidence, Session, Store, StoreError, Token};

/// How long a local shard stays ours without renewal.
pub(super) const LEASE: Duration = Duration::from_secs(10);

/// A shard, and the connection on which it was taken over.
pub(super) struct Holding<C> {
    pub session: C,
    pub name: String,
    pub token: Token,
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
pub(super) struct Lease {
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

impl<S: Service, D: Store> RequestLane<S, D> {
    /// Keeps the shard for another while; takes one, if it has none.
    pub(super) async fn renew(&mut self) {
        let until = Instant::now() + LEASE;
        let Some(held) = &mut self.held else {
            self.recover().await;
            return;
        };
        match (held.session.renew(held.sequence.shard, held.token, LEASE).await, &mut self.lease) {
            (Ok(()), Some(lease)) => lease.until = until,
            (Ok(()), None) => {}
            (Err(error), _) => {
                self.say(&error, "the request lane failed; reclaiming its shard");
                self.failed(&error);
                self.recover().await;
            }
        }
    }

    /// Logs an error. One that lasts is met by every batch.
    fn say(&self, error: &StoreError, line: &'static str) {
        if let Some(repeated) = self.repeats.due(&error.to_string()) {
            warn!(%error, repeated, "{line}");
        }
    }

    /// Counts an error. A shard that another instance has by now is not taken back: the two would fight
    /// for it without end.
    fn failed(&mut self, error: &StoreError) {
        self.resources.metrics.lanes.failed(error);
        if matches!(error, StoreError::Fenced(_)) {
            self.lease = None;
        }
    }

    /// Takes the same shard over again, so that its numbers tell what was committed; another one, if
    /// another instance may have it. `None` when the database cannot be reached.
    pub(super) async fn recover(&mut self) -> Option<Ownership> {
        if let Some(held) = self.held.take() {
            self.resources.remembered.insert(held.name, held.sequence.last_seq);
        }
        self.take_over().await.ok()
    }

    async fn take_over(&mut self) -> Result<Ownership, StoreError> {
        let evidence =
            RestoreEvidence { remembered: self.resources.remembered.clone(), ..RestoreEvidence::default() };
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
        self.resources.metrics.lanes.took_over(1);
        self.resources.took_over(&state);
        self.resources.read_topics(&mut session).await?;
        self.resources.relay.adopt(&state, token);
        let sequence = Sequence::new(&state, &self.resources.partition_counts);
        self.held = Some(Holding { session, name: state.name.clone(), token, sequence });
        // Not by the clock, which stands still while the machine sleeps: the row tells who had it last.
        let had = |lease: Lease| state.previous_owner.is_some_and(|owner| lease.tokens.contains(&owner));
        let unbroken = ours.is_some_and(had);
        self.lease = Some(Lease { name: state.name, until, tokens: vec![token] });
        Ok(if unbroken { Ownership::Unbroken } else { Ownership::Interrupted })
    }

    /// Recovers from an error of a transaction, trying again until `deadline`.
    pub(super) async fn recover_from(&mut self, error: &StoreError, deadline: Instant) -> Option<Ownership> {
        self.say(error, "requests are waiting for the database");
        self.failed(error);
        loop {
            let recovered = self.recover().await;
            if recovered.is_some() || Instant::now() > deadline {
                return recovered;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Opens another connection, if the last one broke before a commit was sent: the shard is what it was.
    pub(super) async fn reconnect(&mut self) {
        match self.store.session().await {
            Ok(session) => {
                if let Some(held) = &mut self.held {
                    held.session = session;
                }
            }
            Err(error) => {
                self.say(&error, "requests are waiting for the database");
                self.recover().await;
            }
        }
    }

    /// Takes another shard next time: a transaction of others holds this one.
    pub(super) fn leave_shard(&mut self) {
        self.lease = None;
    }

    /// Gives the shard up.
    pub(super) async fn release(&mut self) {
        if let Some(held) = &mut self.held {
            let shard = (held.sequence.shard, held.token);
            if let Err(error) = held.session.release(&[shard]).await {
                warn!(%error, "the request shard was not released; its lease will expire");
            }
        }
    }

    /// The number of the last message of its shard.
    pub(super) fn last_seq(&self) -> Option<i64> {
        self.held.as_ref().map(|held| held.sequence.last_seq)
    }
}
