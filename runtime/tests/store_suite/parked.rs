//! Parked and dead messages.

use std::time::Duration;

use saga_runtime::record::TopicPartition;
use saga_runtime::store::{
    DeadLetter, Delayed, FailureInfo, Parked, ParkedHead, Place, Queue, Session, Store, Writes,
};

use super::{Fixture, Lane, prepared};

const ORIGIN: TopicPartition = TopicPartition { topic: "a", partition: 0 };
const NOW: Duration = Duration::ZERO;
const LATER: Duration = Duration::from_secs(60);

/// A dead letter as its table has it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DeadRow {
    pub offset: i64,
    pub state: String,
    pub reason: String,
    pub attempts: i32,
    pub record: Vec<u8>,
}

fn place(offset: i64) -> Place {
    Place { topic: "a".into(), partition: 0, offset }
}

fn failure(attempts: i32) -> FailureInfo {
    FailureInfo { reason: "panic", error: "it's \u{fffd} “ouch”".to_owned(), attempts }
}

fn bytes(offset: i64) -> Vec<u8> {
    vec![0, 255, u8::try_from(offset).unwrap()]
}

fn parked(key: &[u8], offset: i64, delay: Duration) -> Parked {
    let queue = Queue::of(key, offset);
    Parked { place: place(offset), queue, failure: failure(1), delay, record: bytes(offset) }
}

fn head(offset: i64, attempts: i32, more: bool) -> Option<ParkedHead> {
    Some(ParkedHead { offset, attempts, record: bytes(offset), more })
}

/// Commits `writes`, which leave the shard where it is.
async fn write<S: Store>(lane: &mut Lane<S>, writes: Writes) {
    lane.begin().await;
    let (next_offset, last_seq) = (lane.fence.next_offset, lane.fence.last_seq);
    lane.commit_moving(next_offset, last_seq, writes).await;
}

async fn heads<S: Store>(lane: &mut Lane<S>, queues: &[Queue]) -> Vec<Option<ParkedHead>> {
    lane.begin().await;
    let queues: Vec<_> = queues.iter().map(|queue| (ORIGIN, queue.clone())).collect();
    let heads = lane.session.parked_heads(&queues).await.unwrap();
    lane.session.rollback().await.unwrap();
    heads
}

pub(crate) async fn keeps_the_order_in_which_messages_were_parked<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let (one, other) = (Queue::of(b"1", 0), Queue::of(b"2", 0));
    // A message that had waited for another one of its source has a lower offset than its successor.
    let first = vec![parked(b"1", 9, NOW), parked(b"2", 4, NOW), parked(b"1", 3, NOW)];
    write(&mut lane, Writes { parked: first, ..Writes::default() }).await;
    write(&mut lane, Writes { parked: vec![parked(b"1", 1, NOW)], ..Writes::default() }).await;
    let queues = [other.clone(), one.clone(), Queue::of(b"3", 0)];
    assert_eq!(heads(&mut lane, &queues).await, [head(4, 1, false), head(9, 1, true), None]);
    for (done, next) in [(9, head(3, 1, true)), (3, head(1, 1, false)), (1, None)] {
        write(&mut lane, Writes { unparked: vec![place(done)], ..Writes::default() }).await;
        assert_eq!(heads(&mut lane, std::slice::from_ref(&one)).await, [next]);
    }
    // What comes after all that is behind what is left of its own queue, and alone in another one.
    let more = vec![parked(b"2", 2, NOW), parked(b"1", 11, NOW)];
    write(&mut lane, Writes { parked: more, ..Writes::default() }).await;
    assert_eq!(heads(&mut lane, &[one, other]).await, [head(11, 1, false), head(4, 1, true)]);
}

pub(crate) async fn finds_at_take_over_what_is_parked<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let mut elsewhere = Lane::on(&store, "in:a:1").await;
    let rows = vec![parked(b"soon", 1, NOW), parked(b"late", 2, LATER), parked(b"late", 3, NOW)];
    write(&mut lane, Writes { parked: rows, ..Writes::default() }).await;
    let mut other = parked(b"soon", 1, NOW);
    other.place.partition = 1;
    write(&mut elsewhere, Writes { parked: vec![other], ..Writes::default() }).await;

    let mut found = Lane::on(&store, "in:a:0").await.state.parked;
    found.sort_by(|a, b| a.queue.cmp(&b.queue));
    let [late, soon] = found.as_slice() else { panic!("two queues, not {found:?}") };
    assert_eq!((&late.queue, &soon.queue), (&Queue::of(b"late", 0), &Queue::of(b"soon", 0)));
    assert_eq!((soon.topic.as_ref(), soon.partition), ("a", 0));
    // A queue is due when its first message is.
    assert!(late.due_in > LATER / 2 && late.due_in <= LATER, "{late:?}");
    assert_eq!(soon.due_in, NOW);
    assert_eq!(Lane::on(&store, "in:a:1").await.state.parked.len(), 1);
}

pub(crate) async fn delays_what_failed_again<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let queue = Queue::of(b"1", 0);
    write(&mut lane, Writes { parked: vec![parked(b"1", 5, NOW)], ..Writes::default() }).await;
    let failed = Delayed { place: place(5), failure: failure(7), delay: LATER };
    // One that was removed meanwhile is not brought back.
    let gone = Delayed { place: place(6), failure: failure(7), delay: LATER };
    write(&mut lane, Writes { delayed: vec![failed, gone], ..Writes::default() }).await;
    assert_eq!(heads(&mut lane, std::slice::from_ref(&queue)).await, [head(5, 7, false)]);
    let mut lane = Lane::on(&store, "in:a:0").await;
    assert_eq!(lane.state.parked.len(), 1);
    assert!(lane.state.parked[0].due_in > LATER / 2, "{:?}", lane.state.parked);
    let again = Delayed { place: place(5), failure: failure(8), delay: NOW };
    write(&mut lane, Writes { delayed: vec![again], ..Writes::default() }).await;
    assert_eq!(Lane::on(&store, "in:a:0").await.state.parked[0].due_in, NOW);
}

pub(crate) async fn parks_messages_without_a_key_one_by_one<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let (one, other) = (Queue::of(b"", 5), Queue::of(b"", 6));
    let rows = vec![parked(b"", 5, NOW), parked(b"", 6, LATER)];
    write(&mut lane, Writes { parked: rows, ..Writes::default() }).await;
    let queues = [one.clone(), other.clone()];
    assert_eq!(heads(&mut lane, &queues).await, [head(5, 1, false), head(6, 1, false)]);
    write(&mut lane, Writes { unparked: vec![place(5)], ..Writes::default() }).await;
    assert_eq!(heads(&mut lane, &queues).await, [None, head(6, 1, false)]);
    let found = Lane::on(&store, "in:a:0").await.state.parked;
    assert_eq!(found.into_iter().map(|found| found.queue).collect::<Vec<_>>(), [other]);
}

pub(crate) async fn tells_long_keys_apart<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    // Longer than any index takes, not text, and different in the last byte only.
    let mut keys = [vec![0_u8; 100_000], vec![0_u8; 100_000]];
    keys[1][99_999] = 1;
    let rows = vec![parked(&keys[0], 1, NOW), parked(&keys[1], 2, NOW), parked(&keys[0], 3, NOW)];
    write(&mut lane, Writes { parked: rows, ..Writes::default() }).await;
    let queues = keys.map(|key| Queue::of(&key, 0));
    assert_eq!(heads(&mut lane, &queues).await, [head(1, 1, true), head(2, 1, false)]);
    assert_eq!(Lane::on(&store, "in:a:0").await.state.parked.len(), 2);
}

pub(crate) async fn keeps_dead_letters<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let letter = |offset, attempts| DeadLetter {
        place: place(offset),
        queue: Queue::of(b"1", offset),
        failure: failure(attempts),
        record: bytes(offset),
    };
    let row = |offset, attempts| DeadRow {
        offset,
        state: "dead".to_owned(),
        reason: "panic".to_owned(),
        attempts,
        record: bytes(offset),
    };
    write(&mut lane, Writes { parked: vec![parked(b"1", 5, NOW)], ..Writes::default() }).await;
    let dies =
        Writes { unparked: vec![place(5)], dead: vec![letter(5, 10), letter(7, 1)], ..Writes::default() };
    write(&mut lane, dies).await;
    assert_eq!(heads(&mut lane, &[Queue::of(b"1", 0)]).await, [None]);
    assert_eq!(fixture.dead().await, [row(5, 10), row(7, 1)]);
    // Parked again and dead again, it is one row, which says how it died last.
    write(&mut lane, Writes { parked: vec![parked(b"1", 5, NOW)], ..Writes::default() }).await;
    let dies = Writes { unparked: vec![place(5)], dead: vec![letter(5, 3)], ..Writes::default() };
    write(&mut lane, dies).await;
    assert_eq!(fixture.dead().await, [row(5, 3), row(7, 1)]);
}

pub(crate) async fn lets_only_the_owner_park_messages<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    write(&mut lane, Writes { parked: vec![parked(b"1", 5, NOW)], ..Writes::default() }).await;
    let mut other = Lane::on(&store, "in:a:0").await;
    // The first owner has lost the shard, and with it what is parked of it.
    assert_eq!(super::fenced(lane.session.begin(&[lane.fence]).await), [lane.fence.shard]);
    assert_eq!(heads(&mut other, &[Queue::of(b"1", 0)]).await, [head(5, 1, false)]);
}
