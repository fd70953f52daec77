//! Parked and dead messages, in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::record::TopicPartition;
use crate::store::{DeadLetter, FailureInfo, Parked, ParkedHead, ParkedQueue, Place, Queue, Writes};

use super::millis;

/// Topic, partition and offset.
type Key = (String, i32, i64);

/// The rows of `saga_parked` and `saga_dead`.
#[derive(Debug, Clone, Default)]
pub(super) struct ParkedRows {
    parked: BTreeMap<Key, Entry>,
    dead: BTreeMap<Key, (DeadLetter, DeadState)>,
    /// The highest position given.
    position: i64,
}

/// What has become of a message that was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadState {
    /// It waits for an operator.
    Dead,
    /// It was parked again, to be retried.
    Redriven,
    /// An operator decided that it is not to be handled.
    Dropped,
}

#[derive(Debug, Clone)]
struct Entry {
    parked: Parked,
    position: i64,
    next_at: i64,
}

impl ParkedRows {
    pub(super) fn write(&mut self, writes: &Writes, now_ms: i64) {
        for place in &writes.unparked {
            self.parked.remove(&key(place));
        }
        for row in &writes.delayed {
            if let Some(entry) = self.parked.get_mut(&key(&row.place)) {
                entry.parked.failure = row.failure.clone();
                entry.next_at = now_ms.saturating_add(millis(row.delay));
            }
        }
        for row in &writes.parked {
            self.park(row.clone(), now_ms);
        }
        for row in &writes.dead {
            self.dead.insert(key(&row.place), (row.clone(), DeadState::Dead));
        }
    }

    /// Adds a message at the tail of its queue.
    fn park(&mut self, parked: Parked, now_ms: i64) {
        self.position += 1;
        let next_at = now_ms.saturating_add(millis(parked.delay));
        let (key, position) = (key(&parked.place), self.position);
        self.parked.entry(key).or_insert(Entry { parked, position, next_at });
    }

    /// Makes a parked message due at once.
    pub(super) fn hurry(&mut self, place: &Place, now_ms: i64) -> bool {
        let entry = self.parked.get_mut(&key(place));
        entry.map(|entry| entry.next_at = now_ms).is_some()
    }

    /// Parks a dead letter again.
    pub(super) fn redrive(&mut self, place: &Place, now_ms: i64) -> bool {
        let dead = self.dead.get_mut(&key(place)).filter(|(_, state)| *state == DeadState::Dead);
        let Some((letter, state)) = dead else { return false };
        *state = DeadState::Redriven;
        let DeadLetter { place, queue, failure, record } = letter.clone();
        let failure = FailureInfo { attempts: 0, ..failure };
        self.park(Parked { place, queue, failure, delay: Duration::ZERO, record }, now_ms);
        true
    }

    /// Gives up a parked or dead message.
    pub(super) fn give_up(&mut self, place: &Place) -> bool {
        let Some(entry) = self.parked.remove(&key(place)) else { return false };
        let Parked { place, queue, failure, record, .. } = entry.parked;
        let letter = DeadLetter { place, queue, failure, record };
        self.dead.insert(key(&letter.place), (letter, DeadState::Dropped));
        true
    }

    /// The queues, with the time until each is due.
    pub(super) fn queues(&self, now_ms: i64) -> impl Iterator<Item = ParkedQueue> {
        let mut heads: BTreeMap<(&str, i32, &Queue), &Entry> = BTreeMap::new();
        for ((topic, partition, _), entry) in &self.parked {
            let head = heads.entry((topic, *partition, &entry.parked.queue)).or_insert(entry);
            if entry.position < head.position {
                *head = entry;
            }
        }
        heads.into_iter().map(move |((topic, partition, queue), head)| ParkedQueue {
            topic: topic.to_owned().into(),
            partition,
            queue: queue.clone(),
            due_in: Duration::from_millis(head.next_at.saturating_sub(now_ms).max(0).unsigned_abs()),
        })
    }

    pub(super) fn head(&self, origin: TopicPartition, queue: &Queue) -> Option<ParkedHead> {
        let in_queue = |entry: &&Entry| {
            let Place { topic, partition, .. } = &entry.parked.place;
            topic == origin.topic && *partition == origin.partition && entry.parked.queue == *queue
        };
        let head = self.parked.values().filter(in_queue).min_by_key(|entry| entry.position)?;
        Some(ParkedHead {
            offset: head.parked.place.offset,
            attempts: head.parked.failure.attempts,
            record: head.parked.record.clone(),
            more: self.parked.values().filter(in_queue).count() > 1,
        })
    }

    /// All parked messages.
    pub(super) fn parked(&self) -> impl Iterator<Item = &Parked> {
        self.parked.values().map(|entry| &entry.parked)
    }

    /// All messages that were given up.
    pub(super) fn dead(&self) -> impl Iterator<Item = &(DeadLetter, DeadState)> {
        self.dead.values()
    }
}

fn key(place: &Place) -> Key {
    (place.topic.to_string(), place.partition, place.offset)
}
