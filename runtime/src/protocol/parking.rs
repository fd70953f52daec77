//! Which of the admitted messages are handled now, and which are parked.
//!
//! A message that failed is parked with its key: later messages of the key wait behind it, and
//! everything else in its partition goes on.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::context::Exhausted;
use crate::mutation::{self, Mutation};
use crate::outcome::{FailureInfo, Fault};
use crate::protocol::admission::Admission;
use crate::protocol::batch::Item;
use crate::protocol::records::{DeadLetter, Parked, Place, Queue};
use crate::record::{Record, TopicPartition};
use crate::service::Service;

/// How often a message is tried before the step that fails on it has exhausted its retries.
pub const MAX_ATTEMPTS: i32 = 10;

/// The messages of a batch that were found to fail, and why.
pub type Failures = BTreeMap<(TopicPartition, i64), Fault>;

/// What becomes of the messages of a partition.
#[derive(Debug)]
pub struct Sorted<'r, I> {
    /// To handle now, in order.
    pub items: Vec<Item<'r, I>>,
    /// To park, in order.
    pub parked: Vec<Parked>,
    /// To give up, in order, and why.
    pub dead: Vec<(&'r Record, FailureInfo)>,
}

/// Reads the admitted messages of one partition, the shard at place `shard` of its batch, and sorts them.
/// `waiting` are the queues of messages that are parked already; `failures` are those to park now.
pub fn sort<'r, S: Service, W>(
    shard: usize,
    admission: &Admission<'r>,
    waiting: &BTreeMap<Queue, W>,
    failures: &Failures,
) -> Sorted<'r, S::Input> {
    let items = Vec::with_capacity(admission.inputs.len());
    let mut sorted = Sorted { items, parked: Vec::new(), dead: Vec::new() };
    let mut blocked: BTreeSet<Queue> = BTreeSet::new();
    let nothing_failed = failures.is_empty() && waiting.is_empty();
    for admitted in &admission.inputs {
        let record = admitted.record;
        let input = match S::decode(record.origin.topic, record.value()) {
            Ok(input) => input,
            Err(_) if mutation::active(Mutation::Undecodable) => continue,
            Err(error) => {
                // What the database refuses to keep is read no more: that is why it is given up.
                let failed = failures.get(&(record.origin, record.offset)).cloned();
                let fault = failed.unwrap_or_else(|| Fault::Undecodable(error.to_string()));
                sorted.dead.push((record, fault.info(1)));
                continue;
            }
        };
        let unsequenced = admitted.unsequenced;
        let item =
            Item { input, record: Cow::Borrowed(record), shard, unsequenced, exhausted: Exhausted::None };
        if nothing_failed {
            sorted.items.push(item);
            continue;
        }
        let queue = Queue::of(record.key(), record.offset);
        let waits = blocked.contains(&queue) || waiting.contains_key(&queue);
        if waits && !mutation::active(Mutation::ParkedOvertaken) {
            sorted.parked.push(parked_row(record, queue, behind(), Duration::ZERO));
        } else if let Some(fault) = failures.get(&(record.origin, record.offset)) {
            if mutation::active(Mutation::ParkingOff) {
                continue;
            }
            blocked.insert(queue.clone());
            sorted.parked.push(parked_row(record, queue, fault.info(1), delay(fault, 1)));
        } else {
            sorted.items.push(item);
        }
    }
    sorted
}

/// The row of a message that is given up.
pub fn dead_letter(record: &Record, failure: &FailureInfo) -> DeadLetter {
    DeadLetter {
        place: place(record),
        queue: Queue::of(record.key(), record.offset),
        failure: failure.clone(),
        record: record.stored().to_vec(),
    }
}

/// Where a message was read, for the rows about it.
pub fn place(record: &Record) -> Place {
    let TopicPartition { topic, partition } = record.origin;
    Place { topic: topic.into(), partition, offset: record.offset }
}

fn parked_row(record: &Record, queue: Queue, failure: FailureInfo, delay: Duration) -> Parked {
    Parked { place: place(record), queue, failure, delay, record: record.stored().to_vec() }
}

/// What is stored of a message that has not failed itself.
fn behind() -> FailureInfo {
    let error = "it waits for an earlier message of its key".to_owned();
    FailureInfo { reason: "behind", error, attempts: 0 }
}

/// The wait before the next try of a message that failed so often.
pub fn delay(fault: &Fault, attempts: i32) -> Duration {
    if fault.is_patient() { PATIENT } else { backoff(attempts) }
}

/// How long a message waits before it is tried again, if it did not fail itself.
const PATIENT: Duration = Duration::from_secs(2);

/// The wait before the next try: doubling from 200 ms to 30 s.
pub fn backoff(attempts: i32) -> Duration {
    let doublings = attempts.clamp(1, 9).unsigned_abs();
    Duration::from_millis(100 << doublings).min(Duration::from_secs(30))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Noted, Reader};
    use crate::protocol::admission::InputShard;
    use crate::protocol::records::{ShardId, ShardState, Token};

    const ORIGIN: TopicPartition = TopicPartition { topic: "noted", partition: 0 };

    /// What becomes of messages at the offsets from 0 on, each given by key and instance, or as
    /// `garbage`: those to handle, those parked with how often each was tried, and those that are dead.
    fn sorted(
        messages: &[(&str, &str)],
        waiting: &[Queue],
        failing: &[i64],
    ) -> (Vec<i64>, Vec<(i64, i32)>, Vec<i64>) {
        let records: Vec<Record> = (0..)
            .zip(messages)
            .map(|(at, (key, id))| {
                let body = if *id == "garbage" { (*id).to_owned() } else { Noted::body(id) };
                Record::new(ORIGIN, at, Some(key.as_bytes()), Some(body.as_bytes()), std::iter::empty())
            })
            .collect();
        let state = ShardState {
            previous_owner: None,
            id: ShardId(1),
            name: "in:noted:0".into(),
            next_offset: -1,
            last_seq: 0,
            cursor: 0,
            incarnation: 1,
            new_incarnation: None,
            destinations: Vec::new(),
            seen: Vec::new(),
            held: Vec::new(),
            parked: Vec::new(),
        };
        let Ok(shard) = InputShard::new(ORIGIN, Token::random(), &state) else { panic!("nothing is held") };
        let admission = shard.admit(&records);
        let waiting: BTreeMap<Queue, ()> = waiting.iter().map(|queue| (queue.clone(), ())).collect();
        let failures = failing.iter().map(|at| ((ORIGIN, *at), Fault::Panic("ouch".into()))).collect();
        let sorted = sort::<Reader, ()>(0, &admission, &waiting, &failures);
        (
            sorted.items.iter().map(|item| item.record.offset).collect(),
            sorted.parked.iter().map(|row| (row.place.offset, row.failure.attempts)).collect(),
            sorted.dead.iter().map(|(record, _)| record.offset).collect(),
        )
    }

    #[test]
    fn what_has_the_key_of_a_failed_message_waits_behind_it() {
        let messages = [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("a", "5")];
        assert_eq!(sorted(&messages, &[], &[0]), (vec![1, 3], vec![(0, 1), (2, 0), (4, 0)], vec![]));
        // What came before the one that fails is handled.
        assert_eq!(sorted(&messages, &[], &[2]), (vec![0, 1, 3], vec![(2, 1), (4, 0)], vec![]));
    }

    #[test]
    fn what_has_the_key_of_a_message_parked_earlier_waits_as_well() {
        let messages = [("a", "1"), ("b", "2"), ("a", "3")];
        let waiting = [Queue::of(b"a", 0)];
        assert_eq!(sorted(&messages, &waiting, &[]), (vec![1], vec![(0, 0), (2, 0)], vec![]));
        // Behind another one it is not tried, so it cannot have failed.
        assert_eq!(sorted(&messages, &waiting, &[2]), (vec![1], vec![(0, 0), (2, 0)], vec![]));
    }

    #[test]
    fn what_cannot_be_read_is_dead_at_once_and_blocks_nothing() {
        let messages = [("a", "garbage"), ("a", "2"), ("", "garbage"), ("b", "4")];
        assert_eq!(sorted(&messages, &[], &[]), (vec![1, 3], vec![], vec![0, 2]));
        assert_eq!(
            sorted(&messages, &[Queue::of(b"a", 0)], &[3]),
            (vec![], vec![(1, 0), (3, 1)], vec![0, 2])
        );
    }

    #[test]
    fn a_message_without_a_key_stands_alone() {
        let messages = [("", "1"), ("", "2"), ("a", "3"), ("", "4")];
        assert_eq!(sorted(&messages, &[], &[0, 3]), (vec![1, 2], vec![(0, 1), (3, 1)], vec![]));
        assert_eq!(sorted(&messages, &[Queue::of(b"", 1)], &[]).1, [(1, 0)]);
    }

    #[test]
    fn long_keys_are_told_apart() {
        let (one, other) = ("x".repeat(300), "x".repeat(299) + "y");
        let messages = [(one.as_str(), "1"), (other.as_str(), "2"), (one.as_str(), "3")];
        assert_eq!(sorted(&messages, &[], &[0]), (vec![1], vec![(0, 1), (2, 0)], vec![]));
    }

    #[test]
    fn the_wait_doubles_up_to_half_a_minute() {
        let waits: Vec<u128> = [1, 2, 3, 8, 9, 10, 1_000].iter().map(|n| backoff(*n).as_millis()).collect();
        assert_eq!(waits, [200, 400, 800, 25_600, 30_000, 30_000, 30_000]);
    }
}
