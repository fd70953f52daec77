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
mod tests {
    use super::*;
    use crate::wire::SEQ_HEADER;

    const ORIGIN: TopicPartition = TopicPartition { topic: "t", partition: 0 };

    fn shard() -> InputShard {
        InputShard {
            origin: ORIGIN,
            shard: ShardId(1),
            token: Token::random(),
            next_offset: 0,
            prefix: "",
            seen: HashMap::new(),
            held: BTreeMap::new(),
        }
    }

    fn numbered(offset: i64, number: &str, body: &[u8]) -> Record {
        let headers = [(SEQ_HEADER.as_bytes(), Some(number.as_bytes()))];
        Record::new(ORIGIN, offset, Some(b"k"), Some(body), headers.into_iter())
    }

    fn record(offset: i64, incarnation: i64, dseq: i64) -> Record {
        let number = format!("1|a/1|{incarnation}|t|0|{dseq}");
        numbered(offset, &number, b"{}")
    }

    fn feed(shard: &mut InputShard, records: &[Record]) -> (Vec<i64>, i64) {
        let admission = shard.admit(records);
        let applied = admission
            .inputs
            .iter()
            .filter_map(|input| input.record.number("").map(|number| number.dseq))
            .collect();
        let dropped = admission.dropped;
        let adoption = admission.adoption();
        shard.adopt(adoption);
        (applied, dropped)
    }

    #[test]
    fn repeats_are_dropped() {
        let mut shard = shard();
        assert_eq!(feed(&mut shard, &[record(0, 0, 1), record(1, 0, 2), record(2, 0, 1)]), (vec![1, 2], 1));
        assert_eq!(feed(&mut shard, &[record(3, 0, 2), record(4, 0, 3)]), (vec![3], 1));
    }

    #[test]
    fn a_message_that_jumps_ahead_waits_for_the_one_before() {
        let mut shard = shard();
        assert_eq!(feed(&mut shard, &[record(0, 0, 1), record(1, 0, 3)]), (vec![1], 0));
        assert_eq!(shard.held(), 1);
        assert_eq!(feed(&mut shard, &[record(2, 0, 3)]), (vec![], 1));
        assert_eq!(feed(&mut shard, &[record(3, 0, 4), record(4, 0, 2)]), (vec![2, 3, 4], 0));
        assert_eq!(shard.held(), 0);
        assert_eq!(shard.next_offset, 5);
    }

    #[test]
    fn a_message_that_was_skipped_counts_and_does_nothing() {
        let mut shard = shard();
        let skip = |offset, dseq: i64| {
            let number = format!("1|a/1|0|t|0|{dseq}");
            let headers = [
                (SEQ_HEADER.as_bytes(), Some(number.as_bytes())),
                (b"saga-skip".as_slice(), Some(b"1".as_slice())),
            ];
            Record::new(ORIGIN, offset, Some(b"k"), Some(b""), headers.into_iter())
        };
        assert_eq!(feed(&mut shard, &[record(0, 0, 1), skip(1, 2), record(2, 0, 3)]), (vec![1, 3], 1));
        assert_eq!(feed(&mut shard, &[skip(3, 5), record(4, 0, 6)]), (vec![], 0), "it waits as any other");
        assert_eq!(feed(&mut shard, &[record(5, 0, 4)]), (vec![4, 6], 1));
        assert_eq!(
            feed(&mut shard, &[record(6, 0, 2)]),
            (vec![], 1),
            "the message it stands for comes too late"
        );
        let unsequenced = Record::new(
            ORIGIN,
            7,
            Some(b"k"),
            Some(b""),
            [(b"saga-skip".as_slice(), Some(b"1".as_slice()))].into_iter(),
        );
        assert_eq!(shard.admit(&[unsequenced]).inputs.len(), 1, "an external producer skips nothing");
    }

    #[test]
    fn a_log_that_lost_its_beginning_is_read_from_where_it_begins() {
        let mut shard = shard();
        assert_eq!(feed(&mut shard, &[record(0, 0, 7), record(1, 0, 9), record(2, 0, 9)]), (vec![7, 9], 1));
    }

    #[test]
    fn a_new_incarnation_starts_over_and_the_old_one_is_over() {
        let mut shard = shard();
        assert_eq!(feed(&mut shard, &[record(0, 0, 1), record(1, 0, 2)]), (vec![1, 2], 0));
        assert_eq!(feed(&mut shard, &[record(2, 5, 2), record(3, 5, 1)]), (vec![1, 2], 0));
        assert_eq!(feed(&mut shard, &[record(4, 0, 3)]), (vec![], 1));
    }

    #[test]
    fn only_so_much_waits() {
        let mut shard = shard();
        feed(&mut shard, &[record(0, 0, 1)]);
        let most = i64::try_from(MAX_HELD).expect("a bound");
        feed(&mut shard, &(1..=most).map(|offset| record(offset, 0, offset + 2)).collect::<Vec<_>>());
        assert_eq!((shard.held(), shard.crowd()), (MAX_HELD, None));
        feed(&mut shard, &[record(most + 1, 0, most + 3)]);
        assert!(shard.crowd().is_some_and(|(messages, _)| messages == MAX_HELD + 1));
    }

    #[test]
    fn only_so_many_bytes_wait() {
        const LARGE: usize = 1 << 20;
        let mut shard = shard();
        feed(&mut shard, &[record(0, 0, 1)]);
        let large = |offset: i64| {
            let number = format!("1|a/1|0|t|0|{}", offset + 2);
            numbered(offset, &number, &[b' '; LARGE])
        };
        let most = i64::try_from(MAX_HELD_BYTES / LARGE).expect("a bound");
        feed(&mut shard, &(1..most).map(large).collect::<Vec<_>>());
        assert_eq!(shard.crowd(), None);
        feed(&mut shard, &[large(most)]);
        assert!(shard.crowd().is_some_and(|(_, bytes)| bytes > MAX_HELD_BYTES));
    }

    #[test]
    fn offsets_already_committed_are_not_looked_at() {
        let mut shard = shard();
        shard.next_offset = 10;
        let record = Record::new(ORIGIN, 9, Some(b"k"), Some(b"{}"), std::iter::empty());
        assert_eq!(shard.admit(std::slice::from_ref(&record)).inputs.len(), 0);
        assert_eq!(shard.admit(&[record]).next_offset, 10);
    }
}
