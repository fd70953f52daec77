//! Which local shard the lane of requests has, and for how long.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{error, warn};

use super::{HttpLane, LEASE};
use crate::protocol::numbering::Sequence;
use crate::service::Service;
use crate::store::{Evidence, Session, Store, StoreError, Token};

/// A shard, and the connection on which it was taken over.
pub(super) struct Holding<C> {
    pub session: C,
    pub name: String,
    pub token: Token,
    pub sequence: Sequence,
}

/// Until when nobody else takes a shard.
pub(super) struct Lease {
    name: String,
    until: Instant,
}

impl<S: Service, D: Store> HttpLane<S, D> {
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
                warn!(%error, "the lane of requests takes a shard over again");
                self.metrics.lanes.failed(&error);
                self.forget_lost(&error);
                self.recover().await;
            }
        }
    }

    /// A shard that somebody else has by now is theirs: fighting for it would never end.
    pub(super) fn forget_lost(&mut self, error: &StoreError) {
        if matches!(error, StoreError::Fenced(_)) {
            self.lease = None;
        }
    }

    /// Takes the same shard over again, so that its numbers tell what was committed;
    /// another one, if somebody else may have it. `None` when the database cannot be
    /// reached, otherwise whether nobody else can have had the shard meanwhile.
    pub(super) async fn recover(&mut self) -> Option<bool> {
        if let Some(held) = self.held.take() {
            self.remembered.insert(held.name, held.sequence.last_seq);
        }
        let evidence = Evidence { remembered: self.remembered.clone(), ..Evidence::default() };
        let token = Token::random();
        let mut session = self.store.session().await.ok()?;
        let lease = self.lease.as_ref().filter(|lease| Instant::now() < lease.until);
        let same = lease.map(|lease| (lease.name.clone(), lease.until));
        let mut until = Instant::now() + LEASE;
        let state = match &same {
            Some((name, _)) => {
                let state =
                    session.take_over(std::slice::from_ref(name), token, &evidence).await.ok()?.pop()?;
                until = Instant::now() + LEASE;
                session.renew(state.id, token, LEASE).await.ok()?;
                state
            }
            None => session.take_over_local(token, LEASE, &evidence).await.ok()?,
        };
        self.metrics.lanes.took_over(1);
        if let Some(reason) = state.reborn {
            error!(service = S::NAME, shard = state.name, incarnation = state.incarnation, %reason,
                "the database was restored or replaced: messages are numbered anew");
        }
        self.remembered.insert(state.name.clone(), state.last_seq);
        // Asked after the take-over: whoever accepts a change of a topic ends every ownership.
        self.topology.pin(&session.topics().await.ok()?);
        self.partitions = self.topology.partitions();
        self.relay.adopt(&state, token);
        let sequence = Sequence::new(&state, &self.partitions);
        self.held = Some(Holding { session, name: state.name.clone(), token, sequence });
        self.lease = Some(Lease { name: state.name, until });
        Some(same.is_some_and(|(_, leased_until)| Instant::now() < leased_until))
    }

    /// Gives the shard up.
    pub(super) async fn release(&mut self) {
        if let Some(held) = &mut self.held {
            let shard = (held.sequence.shard, held.token);
            if let Err(error) = held.session.release(&[shard]).await {
                warn!(%error, "the shard of requests is not released; its lease will run out");
            }
        }
    }

    /// [`HttpLane::recover`], again and again until `deadline`.
    pub(super) async fn recover_by(&mut self, deadline: Instant) -> Option<bool> {
        loop {
            let recovered = self.recover().await;
            if recovered.is_some() || Instant::now() > deadline {
                return recovered;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Whether the last message of its shard has this number.
    pub(super) fn is_at(&self, last_seq: i64) -> bool {
        self.held.as_ref().is_some_and(|held| held.sequence.last_seq == last_seq)
    }
}
