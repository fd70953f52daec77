//! Shard rows as all databases store them, and what a take-over makes of them.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

use crate::mutation::{self, Mutation};

use super::{Fence, NewIncarnation, RestoreEvidence, ShardId, ShardState, Token};

/// How far the key allocators jump in a database that was restored: the keys
/// given between the backup and the loss are never given again.
pub(super) const ID_JUMP: i64 = 1 << 20;

/// A row of `saga_shard`.
#[derive(Debug, Clone)]
pub(super) struct ShardRow {
    pub id: ShardId,
    pub name: String,
    pub next_offset: i64,
    pub last_seq: i64,
    pub cursor: i64,
    pub incarnation: i64,
    /// The database that `incarnation` belongs to; empty in a row that is new.
    pub identity: String,
    /// Its owner so far.
    pub owner: Option<Token>,
}

impl ShardRow {
    /// The shard as its new owner sees it, in the database `identity` at the time `now_ms`.
    ///
    /// A row that remembers another database, or knows less than others do, was
    /// restored or copied, and its numbers may have been used after that copy was
    /// made. A new incarnation keeps receivers from taking the next ones for repeats.
    pub(super) fn adopt(self, identity: &str, now_ms: i64, evidence: &RestoreEvidence) -> ShardState {
        let new_incarnation = self.new_incarnation(identity, evidence);
        let goes_on = new_incarnation.is_none() && !self.identity.is_empty();
        let incarnation = if goes_on || mutation::active(Mutation::SameIncarnation) && self.incarnation > 0 {
            self.incarnation
        } else {
            next_incarnation(self.incarnation, now_ms)
        };
        ShardState {
            previous_owner: self.owner,
            new_incarnation,
            id: self.id,
            name: self.name,
            next_offset: self.next_offset,
            last_seq: self.last_seq,
            cursor: self.cursor,
            incarnation,
            destinations: Vec::new(),
            seen: Vec::new(),
            held: Vec::new(),
            parked: Vec::new(),
        }
    }

    fn new_incarnation(&self, identity: &str, evidence: &RestoreEvidence) -> Option<NewIncarnation> {
        if self.identity.is_empty() {
            // The row is new: there are no numbers to give a second time.
            return None;
        }
        if self.identity != identity {
            return Some(NewIncarnation::OtherDatabase);
        }
        let more = |known: &BTreeMap<String, i64>, own: i64| {
            known.get(&self.name).copied().filter(|known| *known > own)
        };
        let remembered = more(&evidence.remembered, self.last_seq);
        // An operator who moves the offset back restores nothing.
        let moved = self.owner == Some(Token::MOVED_BY_HAND);
        let committed = || more(&evidence.committed_offsets, self.next_offset).filter(|_| !moved);
        remembered
            .map(|last_seq| NewIncarnation::Remembered { last_seq })
            .or_else(|| committed().map(|next_offset| NewIncarnation::CommittedOffset { next_offset }))
    }
}

impl Token {
    /// A token that no other owner has.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

/// The owner in a shard's row.
pub(super) fn owner_of(text: Option<&str>) -> Option<Token> {
    text.and_then(|owner| Uuid::try_parse(owner).ok()).map(Token)
}

/// Whether one of `states` shows a restore that the database's identity does not show: then the
/// key allocators jump, once for each take-over that sees it.
pub(super) fn shows_hidden_restore(states: &[ShardState]) -> bool {
    states.iter().any(|state| {
        matches!(
            state.new_incarnation,
            Some(NewIncarnation::Remembered { .. } | NewIncarnation::CommittedOffset { .. })
        )
    })
}

/// The incarnation after `incarnation`, at the time `now_ms`.
///
/// It comes from the clock and not from the row alone: a second restore would
/// repeat it. For the same reason the first incarnation of a row is no constant:
/// the whole database may have been dropped and recreated.
pub(super) fn next_incarnation(incarnation: i64, now_ms: i64) -> i64 {
    incarnation.saturating_add(1).max(now_ms)
}

/// The part of a shard row that a transaction compares.
#[derive(Debug, Clone, Copy)]
pub(super) struct FenceRow {
    pub shard: ShardId,
    pub token: Option<Token>,
    pub next_offset: i64,
    pub last_seq: i64,
}

/// The shards whose rows are not as their owner remembers them.
pub(super) fn differing(fences: &[Fence], rows: &[FenceRow]) -> Vec<ShardId> {
    let holds = |fence: &Fence| {
        rows.iter().any(|row| {
            row.shard == fence.shard
                && row.token == Some(fence.token)
                && row.next_offset == fence.next_offset
                && row.last_seq == fence.last_seq
        })
    };
    if mutation::active(Mutation::NoCompareAndSet) {
        return Vec::new();
    }
    fences.iter().filter(|fence| !holds(fence)).map(|fence| fence.shard).collect()
}

/// What every name of a local shard begins with.
pub(super) const LOCAL: &str = "local:";
/// What every name of an input shard begins with.
pub(super) const INPUT: &str = "in:";

/// How long a local shard is held that was taken over by its name, to publish
/// what its owner left behind: no other owner begins the same work meanwhile.
pub(super) const ADOPTED: Duration = Duration::from_secs(60);

/// The topic and partition of an input shard's name.
pub(crate) fn input_of(name: &str) -> Option<(&str, i32)> {
    let (topic, partition) = name.strip_prefix(INPUT)?.rsplit_once(':')?;
    Some((topic, partition.parse().ok()?))
}

/// The next offset of a shard that is new: none was ever read, or none ever will be.
pub(super) fn first_offset(name: &str) -> i64 {
    if name.starts_with(LOCAL) { 0 } else { -1 }
}

/// The name of one more local shard beside those named `taken`.
pub(super) fn next_local<'n>(taken: impl Iterator<Item = &'n str>) -> String {
    let highest = taken.filter_map(|name| name.strip_prefix(LOCAL)?.parse::<u32>().ok()).max();
    format!("{LOCAL}{}", highest.map_or(0, |number| number.saturating_add(1)))
}

/// Spreads the state that belongs to shards over them.
#[derive(Default)]
pub(super) struct Gathered {
    pub destinations: Vec<super::Destination>,
    pub seen: Vec<super::Seen>,
    pub held: Vec<super::Held>,
    pub parked: Vec<super::ParkedQueue>,
}

impl Gathered {
    /// Gives each of `shards` what is its own.
    pub(super) fn spread(self, shards: &mut [ShardState]) {
        for destination in self.destinations {
            if let Some(shard) = shards.iter_mut().find(|shard| shard.id == destination.shard) {
                shard.destinations.push(destination);
            }
        }
        let inputs: Vec<Option<(String, i32)>> = shards
            .iter()
            .map(|shard| input_of(&shard.name).map(|(topic, partition)| (topic.to_owned(), partition)))
            .collect();
        let reader = |topic: &str, partition: i32| {
            inputs.iter().position(|input| {
                input.as_ref().is_some_and(|input| input.0 == topic && input.1 == partition)
            })
        };
        for seen in self.seen {
            if let Some(at) = reader(&seen.topic, seen.partition) {
                shards[at].seen.push(seen);
            }
        }
        for held in self.held {
            if let Some(at) = reader(&held.topic, held.partition) {
                shards[at].held.push(held);
            }
        }
        for parked in self.parked {
            if let Some(at) = reader(&parked.topic, parked.partition) {
                shards[at].parked.push(parked);
            }
        }
    }
}
