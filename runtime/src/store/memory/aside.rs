//! Messages that are set aside, in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::record::TopicPartition;
use crate::store::{DeadLetter, Parked, ParkedHead, ParkedQueue, Place, Queue, Writes};

use super::millis;

/// Topic, partition and offset.
type Key = (String, i32, i64);

/// The rows of `saga_parked` and `saga_dead`.
#[derive(Debug, Clone, Default)]
pub(super) struct SetAside {
    parked: BTreeMap<Key, Entry>,
    dead: BTreeMap<Key, DeadLetter>,
    /// The highest position given.
    position: i64,
}

#[derive(Debug, Clone)]
struct Entry {
    parked: Parked,
    position: i64,
    next_at: i64,
}

impl SetAside {
    pub(super) fn write(&mut self, writes: &Writes, now_ms: i64) {
        for place in &writes.unparked {
            self.parked.remove(&key(place));
        }
        for row in &writes.delayed {
            if let Some(entry) = self.parked.get_mut(&key(&row.place)) {
                entry.parked.trouble = row.trouble.clone();
                entry.next_at = now_ms.saturating_add(millis(row.delay));
            }
        }
        for row in &writes.parked {
            self.position += 1;
            let next_at = now_ms.saturating_add(millis(row.delay));
            let entry = Entry { parked: row.clone(), position: self.position, next_at };
            self.parked.entry(key(&row.place)).or_insert(entry);
        }
        for row in &writes.dead {
            self.dead.insert(key(&row.place), row.clone());
        }
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
            attempts: head.parked.trouble.attempts,
            record: head.parked.record.clone(),
            more: self.parked.values().filter(in_queue).count() > 1,
        })
    }

    /// All messages that are set aside.
    pub(super) fn parked(&self) -> impl Iterator<Item = &Parked> {
        self.parked.values().map(|entry| &entry.parked)
    }

    /// All messages that were given up.
    pub(super) fn dead(&self) -> impl Iterator<Item = &DeadLetter> {
        self.dead.values()
    }
}

fn key(place: &Place) -> Key {
    (place.topic.to_string(), place.partition, place.offset)
}
