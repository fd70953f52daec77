//! Which of the admitted messages are handled now, and which are set aside.
//!
//! A message that failed is set aside with its key: what has the same key waits
//! behind it, and everything else in its partition goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::breaks;
use crate::context::{Fault, Spent};
use crate::core::admit::Admission;
use crate::core::batch::Item;
use crate::record::{Record, TopicPartition};
use crate::service::Service;
use crate::store::{DeadLetter, Parked, Place, Queue, Trouble};

/// How often a message is tried before the step that fails on it is given up.
pub const TRIES: i32 = 10;

/// The messages of a batch that were found to fail, and why.
pub type Failures = BTreeMap<(TopicPartition, i64), Fault>;

/// What becomes of the messages of a batch.
#[derive(Debug)]
pub struct Sorted<'r, I> {
    /// To handle now, in order.
    pub items: Vec<Item<'r, I>>,
    /// To set aside, in order: each with its partition's place in the batch.
    pub parked: Vec<(usize, Parked)>,
    /// To give up, likewise.
    pub dead: Vec<(usize, &'r Record, Trouble)>,
}

/// Reads the admitted messages of all partitions of a batch, and sorts them. Of each partition,
/// `parked` are the queues of messages that are set aside already; `failures` are those to set aside now.
pub fn sort<'r, S: Service, W>(
    admissions: &[Admission<'r>],
    parked: &[&BTreeMap<Queue, W>],
    failures: &Failures,
) -> Sorted<'r, S::Input> {
    let mut sorted = Sorted { items: Vec::new(), parked: Vec::new(), dead: Vec::new() };
    for ((part, admission), waiting) in admissions.iter().enumerate().zip(parked) {
        let mut blocked: BTreeSet<Queue> = BTreeSet::new();
        let all_is_well = failures.is_empty() && waiting.is_empty();
        for admitted in &admission.inputs {
            let record = admitted.record;
            let input = match S::decode(record.origin.topic, record.value()) {
                Ok(input) => input,
                Err(_) if breaks::off("undecodable") => continue,
                Err(error) => {
                    let trouble = Fault::Undecodable(error.to_string()).trouble(1);
                    sorted.dead.push((part, record, trouble));
                    continue;
                }
            };
            let item = Item { input, record, part, foreign: admitted.foreign, spent: Spent::None };
            if all_is_well {
                sorted.items.push(item);
                continue;
            }
            let queue = Queue::of(record.key(), record.offset);
            if blocked.contains(&queue) || waiting.contains_key(&queue) {
                sorted.parked.push((part, parked_row(record, queue, behind(), Duration::ZERO)));
            } else if let Some(fault) = failures.get(&(record.origin, record.offset)) {
                if breaks::off("parking-off") {
                    continue;
                }
                blocked.insert(queue.clone());
                sorted.parked.push((part, parked_row(record, queue, fault.trouble(1), backoff(1))));
            } else {
                sorted.items.push(item);
            }
        }
    }
    sorted
}

/// The row of a message that is given up.
pub fn dead_letter(record: &Record, trouble: &Trouble) -> DeadLetter {
    DeadLetter {
        place: place(record),
        queue: Queue::of(record.key(), record.offset),
        trouble: trouble.clone(),
        record: record.stored().to_vec(),
    }
}

/// Where a message was read, for the rows about it.
pub fn place(record: &Record) -> Place {
    let TopicPartition { topic, partition } = record.origin;
    Place { topic: topic.into(), partition, offset: record.offset }
}

fn parked_row(record: &Record, queue: Queue, trouble: Trouble, delay: Duration) -> Parked {
    Parked { place: place(record), queue, trouble, delay, record: record.stored().to_vec() }
}

/// What is stored of a message that has not failed itself.
fn behind() -> Trouble {
    let error = "it waits for an earlier message of its key".to_owned();
    Trouble { reason: "behind", error, attempts: 0 }
}

/// The wait before the next try: doubling from 200 ms to 30 s.
pub fn backoff(attempts: i32) -> Duration {
    let doublings = attempts.clamp(1, 9).unsigned_abs();
    Duration::from_millis(100 << doublings).min(Duration::from_secs(30))
}
