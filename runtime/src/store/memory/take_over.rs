//! Who owns shards, in memory.

use std::sync::Arc;
use std::time::Duration;

use crate::store::ownership::{
    Gathered, ID_JUMP, LOCAL, ShardRow, first_offset, input_of, next_local, shows_hidden_restore,
};
use crate::store::{Destination, RestoreEvidence, ShardId, ShardState, Token};

use super::millis;
use super::session::Open;
use super::state::Shard;

impl Open {
    /// The shard of this name, created if it is missing.
    pub(super) fn shard_named(&mut self, name: &str) -> ShardId {
        let shards = &mut self.draft.shards;
        if let Some((id, _)) = shards.iter().find(|(_, shard)| shard.name == name) {
            return *id;
        }
        let id = ShardId(shards.last_key_value().map_or(0, |(id, _)| id.0 + 1));
        let shard = Shard {
            name: name.to_owned(),
            owner: None,
            lease_until: None,
            next_offset: first_offset(name),
            last_seq: 0,
            cursor: 0,
            incarnation: 0,
            identity: String::new(),
            applied: 0,
            dropped: 0,
        };
        shards.insert(id, shard);
        id
    }

    /// A local shard without a holder.
    pub(super) fn free_local(&mut self) -> ShardId {
        let locals = || self.draft.shards.iter().filter(|(_, shard)| shard.name.starts_with(LOCAL));
        let mut free =
            locals().filter(|(_, shard)| shard.lease_until.is_none_or(|until| until < self.now_ms));
        if let Some((id, _)) = free.next() {
            return *id;
        }
        let name = next_local(locals().map(|(_, shard)| shard.name.as_str()));
        self.shard_named(&name)
    }

    /// Makes `token` the owner of shards.
    pub(super) fn adopt(
        &mut self,
        ids: &[ShardId],
        token: Token,
        lease: Duration,
        evidence: &RestoreEvidence,
    ) -> Vec<ShardState> {
        let mut states = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(shard) = self.draft.shards.get_mut(id) else { continue };
            let row = ShardRow {
                id: *id,
                name: shard.name.clone(),
                next_offset: shard.next_offset,
                last_seq: shard.last_seq,
                cursor: shard.cursor,
                incarnation: shard.incarnation,
                identity: shard.identity.clone(),
                owner: shard.owner,
            };
            let state = row.adopt(&self.identity, self.now_ms, evidence);
            shard.owner = Some(token);
            let until = self.now_ms.saturating_add(millis(lease));
            shard.lease_until = shard.name.starts_with(LOCAL).then_some(until);
            shard.incarnation = state.incarnation;
            shard.identity.clone_from(&self.identity);
            if state.new_incarnation.is_some() {
                self.forget_numbers(*id);
            }
            states.push(state);
        }
        if shows_hidden_restore(&states) {
            self.draft.ids.values_mut().for_each(|next| *next += ID_JUMP);
        }
        self.gather(&states).spread(&mut states);
        states
    }

    fn forget_numbers(&mut self, shard: ShardId) {
        Arc::make_mut(&mut self.draft.destinations).retain(|key, _| key.0 != shard);
        if self.draft.identity != self.identity {
            self.draft.identity.clone_from(&self.identity);
            self.draft.ids.values_mut().for_each(|next| *next += ID_JUMP);
        }
    }

    fn gather(&self, states: &[ShardState]) -> Gathered {
        let draft = &self.draft;
        let owned = |shard: ShardId| states.iter().any(|state| state.id == shard);
        let read = |topic: &str, partition: i32| {
            states.iter().any(|state| input_of(&state.name) == Some((topic, partition)))
        };
        let destinations = draft.destinations.iter().filter(|((shard, ..), _)| owned(*shard));
        let destination =
            |((shard, topic, partition), last_dseq): (&(ShardId, String, i32), &i64)| Destination {
                shard: *shard,
                topic: topic.clone().into(),
                partition: *partition,
                last_dseq: *last_dseq,
            };
        let seen = draft.seen.values().map(|(seen, _)| seen);
        let held = draft.held.values();
        Gathered {
            destinations: destinations.map(destination).collect(),
            seen: seen.filter(|row| read(&row.topic, row.partition)).cloned().collect(),
            held: held.filter(|row| read(&row.topic, row.partition)).cloned().collect(),
            parked: draft.parked.queues(self.now_ms).filter(|row| read(&row.topic, row.partition)).collect(),
        }
    }
}
