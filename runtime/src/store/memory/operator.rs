//! What somebody does to messages that are set aside, past the service.
//!
//! As with the real databases, whoever changes these tables ends the ownership of the
//! shard in the same transaction: its owner takes over again and reads them anew.

use std::sync::Arc;

use super::MemoryStore;
use super::aside::{DeadState, SetAside};
use super::state::State;
use crate::store::{DeadLetter, Parked, Place, Token};

impl MemoryStore {
    /// The messages that are set aside.
    pub fn parked(&self) -> Vec<Parked> {
        self.world().committed.aside.parked().cloned().collect()
    }

    /// The messages that were given up, and what has become of them.
    pub fn dead(&self) -> Vec<(DeadLetter, DeadState)> {
        self.world().committed.aside.dead().cloned().collect()
    }

    /// Lets a message that is set aside be tried at once. Returns whether there is one.
    pub async fn retry_now(&self, place: &Place) -> bool {
        self.meddle(place, |aside, now_ms| aside.hurry(place, now_ms)).await
    }

    /// Sets a dead letter aside again, behind what is set aside of its key. Returns whether there is one.
    pub async fn redrive(&self, place: &Place) -> bool {
        self.meddle(place, |aside, now_ms| aside.redrive(place, now_ms)).await
    }

    /// Gives a message up that is set aside. Returns whether there is one.
    pub async fn drop_parked(&self, place: &Place) -> bool {
        self.meddle(place, |aside, _| aside.give_up(place)).await
    }

    async fn meddle(&self, place: &Place, change: impl FnOnce(&mut SetAside, i64) -> bool) -> bool {
        let changed = self.change(|state, world| {
            let found = change(Arc::make_mut(&mut state.aside), world.now_ms);
            if found {
                disown(state, place);
            }
            Ok(found)
        });
        changed.await.unwrap_or(false)
    }
}

/// Whoever owns the shard loses its next comparison.
fn disown(state: &mut State, place: &Place) {
    let name = format!("in:{}:{}", place.topic, place.partition);
    if let Some(shard) = state.shards.values_mut().find(|shard| shard.name == name) {
        shard.owner = Some(Token::random());
    }
}
