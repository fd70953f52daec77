//! Which messages of an input partition are new.

use std::collections::{BTreeMap, HashMap};

use crate::mutation::{self, Mutation};
use crate::protocol::records::{Held, Seen, ShardId, ShardState, Token};
use crate::record::{Corrupt, Record, TopicPartition};
use crate::wire::Number;

/// How many messages of a partition may wait for an earlier one.
const MAX_HELD: usize = 10_000;
/// How many bytes they may have.
const MAX_HELD_BYTES: usize = 64 << 20;

/// Which messages of an owned input partition are new.
///
/// Every message of a service carries the number it has among those of its source to this partition.
/// A lower number than the next is a duplicate and is dropped; a higher one is held back, because the
/// message before it may still come: it is *behind* it in the log. Only that source waits, never the
/// partition, which would never go on. A higher incarnation counts from 1 again, a lower one is stale.
///
/// It is in step with `saga_seen`, `saga_held` and the shard's row: what [`InputShard::admit`] decides
/// counts only once it is committed, and then [`InputShard::adopt`] takes it over. Adopted before, a
/// batch that is rolled back would be lost, for its messages would be duplicates when they come again.
///
/// See `docs/runtime.md`, "Numbers".
#[derive(Debug)]
pub struct InputShard {
    /// The partition.
    pub origin: TopicPartition,
    /// Its shard.
    pub shard: ShardId,
    /// The token of this ownership.
    pub token: Token,
    /// The next offset to read; negative when none was ever read.
    pub next_offset: i64,
    /// What the names of topics begin with on the cluster.
    prefix: &'static str,
    seen: HashMap<String, Position>,
    held: BTreeMap<HeldKey, Record>,
}

/// How far a source has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    incarnation: i64,
    last_dseq: i64,
    /// The numbers are known from the first on, so a jump is a gap.
    anchored: bool,
}

/// Source, incarnation and number of a message that waits.
type HeldKey = (String, i64, i64);

/// What becomes of the next messages of a partition.
#[derive(Debug)]
pub struct Admission<'r> {
    /// The messages to apply, in order.
    pub inputs: Vec<Admitted<'r>>,
    /// The next offset after them.
    pub next_offset: i64,
    /// How many were duplicates.
    pub dropped: i64,
    /// How many of these came from an earlier incarnation of their source's database.
    pub stale: i64,
    /// How many only say that a number is skipped; they count as dropped, too.
    pub skipped: i64,
    seen: BTreeMap<&'r str, Position>,
    held: BTreeMap<HeldKey, &'r Record>,
    released: Vec<HeldKey>,
}

/// A message to apply.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'r> {
    /// The message.
    pub record: &'r Record,
    /// Whether it has no number: an external producer sent it.
    pub unsequenced: bool,
}

enum Verdict {
    Apply(Position),
    Duplicate,
    Stale,
    Hold,
}

impl InputShard {
    /// The shard of `origin` as `state` was found at take-over.
    ///
    /// # Errors
    /// [`Corrupt`] when a waiting message is not in a form this version reads.
    pub fn new(origin: TopicPartition, token: Token, state: &ShardState) -> Result<Self, Corrupt> {
        let seen = state.seen.iter().map(|seen| {
            let Seen { source, incarnation, last_dseq, anchored, .. } = seen;
            let position = Position { incarnation: *incarnation, last_dseq: *last_dseq, anchored: *anchored };
            (source.clone(), position)
        });
        let held = state.held.iter().filter(|_| !mutation::active(Mutation::HeldInMemory)).map(|held| {
            let record = Record::restore(origin, held.offset, held.record.clone())?;
            Ok(((held.source.clone(), held.incarnation, held.dseq), record))
        });
        Ok(Self {
            origin,
            shard: state.id,
            token,
            next_offset: state.next_offset,
            prefix: "",
            seen: seen.collect(),
            held: held.collect::<Result<_, Corrupt>>()?,
        })
    }

    /// The same shard, on a cluster where the names of topics begin with `prefix`.
    pub fn with_prefix(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// What the names of topics begin with on the cluster.
    pub fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// How many messages wait for an earlier one.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// How many messages wait for an earlier one, and how many bytes, when that is too much to go on:
    /// they are in memory, too.
    pub fn crowd(&self) -> Option<(usize, usize)> {
        if self.held.is_empty() {
            return None;
        }
        let bytes = self.held.values().map(Record::size).sum();
        (self.held.len() > MAX_HELD || bytes > MAX_HELD_BYTES).then_some((self.held.len(), bytes))
    }

    /// Decides what becomes of `records`, which continue this partition.
    pub fn admit<'r>(&'r self, records: &'r [Record]) -> Admission<'r> {
        let mut admission = Admission {
            inputs: Vec::with_capacity(records.len()),
            next_offset: self.next_offset,
            dropped: 0,
            stale: 0,
            skipped: 0,
            seen: BTreeMap::new(),
            held: BTreeMap::new(),
            released: Vec::new(),
        };
        for record in records.iter().filter(|record| record.offset >= self.next_offset) {
            admission.next_offset = record.offset + 1;
            self.admit_one(record, &mut admission);
        }
        admission
    }

    fn admit_one<'r>(&'r self, record: &'r Record, admission: &mut Admission<'r>) {
        if mutation::active(Mutation::Redelivery) {
            admission.inputs.push(Admitted { record, unsequenced: false });
            return;
        }
        let Some(number) = record.number(self.prefix) else {
            admission.inputs.push(Admitted { record, unsequenced: true });
            return;
        };
        match verdict(number, self.position(number.source, admission)) {
            Verdict::Apply(position) => {
                admission.seen.insert(number.source, position);
                admission.take(record);
                self.release(number.source, admission);
            }
            Verdict::Duplicate => admission.dropped += 1,
            Verdict::Stale => {
                admission.dropped += 1;
                admission.stale += 1;
            }
            Verdict::Hold if mutation::active(Mutation::DropOnGap) => admission.dropped += 1,
            Verdict::Hold => {
                let key = (number.source.to_owned(), number.incarnation, number.dseq);
                if self.held.contains_key(&key) || admission.held.contains_key(&key) {
                    admission.dropped += 1;
                } else {
                    admission.held.insert(key, record);
                }
            }
        }
    }

    /// Applies the waiting messages of `source` whose turn has come.
    fn release<'r>(&'r self, source: &'r str, admission: &mut Admission<'r>) {
        while let Some(mut position) = self.position(source, admission) {
            let Some(next) = position.last_dseq.checked_add(1) else { return };
            let key = (source.to_owned(), position.incarnation, next);
            let record = match admission.held.remove(&key) {
                Some(record) => record,
                None => match self.held.get(&key) {
                    Some(record) => {
                        admission.released.push(key);
                        record
                    }
                    None => return,
                },
            };
            position.last_dseq = next;
            admission.seen.insert(source, position);
            admission.take(record);
        }
    }

    fn position(&self, source: &str, admission: &Admission<'_>) -> Option<Position> {
        admission.seen.get(source).or_else(|| self.seen.get(source)).copied()
    }

    /// Takes over what an admission decided, once it is committed.
    pub fn adopt(&mut self, adoption: Adoption) {
        self.next_offset = adoption.next_offset;
        self.seen.extend(adoption.seen);
        for key in adoption.released {
            self.held.remove(&key);
        }
        self.held.extend(adoption.held);
    }
}

/// An [`Admission`] that is free of the messages it was made from.
#[derive(Debug)]
pub struct Adoption {
    next_offset: i64,
    seen: Vec<(String, Position)>,
    held: Vec<(HeldKey, Record)>,
    released: Vec<HeldKey>,
}

impl<'r> Admission<'r> {
    /// A message whose turn has come. One that its sender has skipped had its turn with that.
    fn take(&mut self, record: &'r Record) {
        if record.is_skipped() {
            self.dropped += 1;
            self.skipped += 1;
        } else {
            self.inputs.push(Admitted { record, unsequenced: false });
        }
    }
}

impl Admission<'_> {
    /// What [`InputShard::adopt`] takes over after the commit.
    pub fn adoption(&self) -> Adoption {
        Adoption {
            next_offset: self.next_offset,
            seen: self.seen.iter().map(|(source, position)| ((*source).to_owned(), *position)).collect(),
            held: self.held.iter().map(|(key, record)| (key.clone(), (*record).clone())).collect(),
            released: self.released.clone(),
        }
    }

    /// The source positions to store.
    pub fn seen_rows(&self, origin: TopicPartition) -> impl Iterator<Item = Seen> {
        self.seen.iter().map(move |(source, position)| Seen {
            topic: origin.topic.into(),
            partition: origin.partition,
            source: (*source).to_owned(),
            incarnation: position.incarnation,
            last_dseq: position.last_dseq,
            anchored: position.anchored,
        })
    }

    /// The messages that begin to wait, to store.
    pub fn held_rows(&self, origin: TopicPartition) -> impl Iterator<Item = Held> {
        self.held.iter().map(move |(key, record)| held(origin, key, record.offset, record.stored().to_vec()))
    }

    /// The messages that wait no more, to delete.
    pub fn released_rows(&self, origin: TopicPartition) -> impl Iterator<Item = Held> {
        self.released.iter().map(move |key| held(origin, key, 0, Vec::new()))
    }
}

fn held(origin: TopicPartition, key: &HeldKey, offset: i64, record: Vec<u8>) -> Held {
    let (source, incarnation, dseq) = key.clone();
    let TopicPartition { topic, partition } = origin;
    Held { topic: topic.into(), partition, source, incarnation, dseq, offset, record }
}

fn verdict(number: Number<'_>, position: Option<Position>) -> Verdict {
    let incarnation = number.incarnation;
    let at = |anchored| Position { incarnation, last_dseq: number.dseq, anchored };
    let Some(position) = position else {
        // The log may begin anywhere; only a first number says that nothing is missing before it.
        return Verdict::Apply(at(number.dseq == 1));
    };
    if incarnation < position.incarnation {
        return Verdict::Stale;
    }
    let (last_dseq, anchored) =
        if incarnation > position.incarnation { (0, true) } else { (position.last_dseq, position.anchored) };
    if number.dseq <= last_dseq {
        Verdict::Duplicate
    } else if Some(number.dseq) == last_dseq.checked_add(1)
        || !anchored
        || mutation::active(Mutation::BareMark)
    {
        Verdict::Apply(at(anchored))
    } else {
        Verdict::Hold
    }
}

#[cfg(test)]
mod tests;
