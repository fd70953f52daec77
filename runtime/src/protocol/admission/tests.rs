//! Which messages are new.

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
    assert_eq!(feed(&mut shard, &[record(6, 0, 2)]), (vec![], 1), "the message it stands for comes too late");
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
