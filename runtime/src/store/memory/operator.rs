//! What an operator does to parked and dead messages, past the service.
//!
//! As with the real databases, a change to these tables ends the ownership of the
//! shard in the same transaction: its owner takes over again and reads them again.

use std::sync::Arc;

use super::MemoryStore;
use super::parked::{DeadState, ParkedRows};
use super::state::State;
use crate::store::{DeadLetter, Parked, Place, Token};

impl MemoryStore {
    /// The parked messages.
    pub fn parked(&self) -> Vec<Parked> {
        self.world().committed.parked.parked().cloned().collect()
    }

    /// The messages that were given up, and what has become of them.
    pub fn dead(&self) -> Vec<(DeadLetter, DeadState)> {
        self.world().committed.parked.dead().cloned().collect()
    }

    /// Lets a parked message be tried at once. Returns whether there is one.
    pub async fn retry_now(&self, place: &Place) -> bool {
        self.meddle(place, |parked, now_ms| parked.hurry(place, now_ms)).await
    }

    /// Parks a dead letter again, behind what is parked of its key. Returns whether there is one.
    pub async fn redrive(&self, place: &Place) -> bool {
        self.meddle(place, |parked, now_ms| parked.redrive(place, now_ms)).await
    }

    /// Gives up a parked or dead message. Returns whether there is one.
    pub async fn drop_parked(&self, place: &Place) -> bool {
        self.meddle(place, |parked, _| parked.give_up(place)).await
    }

    async fn meddle(&self, place: &Place, change: impl FnOnce(&mut ParkedRows, i64) -> bool) -> bool {
        let changed = self.change(|state, world| {
            let found = change(Arc::make_mut(&mut state.parked), world.now_ms);
            if found {
                disown(state, place);
            }
            Ok(found)
        });
        changed.await.unwrap_or(false)
    }
}

/// The owner of the shard loses its next comparison.
fn disown(state: &mut State, place: &Place) {
    let name = format!("in:{}:{}", place.topic, place.partition);
    if let Some(shard) = state.shards.values_mut().find(|shard| shard.name == name) {
        shard.owner = Some(Token::random());
    }
}
