//! What an operator looks at and changes, on every database that has operators.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::future::Future;
use std::time::Duration;

use saga_runtime::record::{Record, TopicPartition};
use saga_runtime::store::{
    DeadLetter, Destination, FailureInfo, Filter, Group, Held, MessageId, Messages, Operator, Outbox,
    OutboxRow, Parked, PinnedTopic, Place, Position, Queue, Seen, Session as _, State, Store as _, Writes,
};

use crate::store_suite::{Fixture, Lane, fenced, prepared};

mod deadlines;
mod outbox;
mod positions;
mod served;

pub(crate) use deadlines::moves_deadlines;
pub(crate) use outbox::skips_what_cannot_be_sent;
pub(crate) use positions::{a_move_by_hand_is_no_restore, reads_again, reads_on_elsewhere};
pub(crate) use served::{
    adopts_and_drops_a_step, passes_a_history_over, remembers_for_whom_a_step_has_acted,
    remembers_what_it_served,
};

/// A kind of database that operators work on.
pub(crate) trait WithOperator: Fixture {
    /// A connection of the operator of service `order`.
    fn operator(&self) -> impl Future<Output = saga_runtime::store::Result<Operator>> + Send;
    /// The one number that `query` finds.
    fn number(&self, query: &str) -> impl Future<Output = i64> + Send;
}

/// Runs the tests of operators on `$fixture`.
#[macro_export]
macro_rules! operator_suite {
    ($fixture:ty) => {
        operator_suite!(@ $fixture: refuses_a_database_that_is_not_its_own, lists_what_failed,
            tries_again_at_once, redrives_once_and_behind_its_key, drops_for_a_reason, shows_what_waits,
            accepts_one_gap_of_one_source, drops_what_is_of_a_stale_incarnation, begins_an_incarnation_after_a_restore,
            pins_another_number_of_partitions_once_nothing_is_under_way, reads_on_elsewhere, reads_again,
            a_move_by_hand_is_no_restore, waits_for_the_owner, skips_what_cannot_be_sent,
            remembers_what_it_served, passes_a_history_over, remembers_for_whom_a_step_has_acted,
            adopts_and_drops_a_step, moves_deadlines);
    };
    (@ $fixture:ty: $($name:ident),* $(,)?) => {
        mod operator {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let fixture = <$fixture as store_suite::Fixture>::create().await;
                    operator_suite::$name(&fixture).await;
                    store_suite::Fixture::destroy(fixture).await;
                }
            )*
        }
    };
}

const KEY: &[u8] = b"42";

fn record(offset: i64) -> Vec<u8> {
    let origin = TopicPartition { topic: "a", partition: 0 };
    let headers = [(b"ce_type".as_slice(), Some(b"shop.OrderCreated".as_slice()))];
    Record::new(origin, offset, Some(KEY), Some(b"{}"), headers.into_iter()).stored().to_vec()
}

fn place(offset: i64) -> Place {
    Place { topic: "a".into(), partition: 0, offset }
}

fn id(offset: i64) -> MessageId {
    MessageId { topic: "a".into(), partition: 0, offset }
}

fn failure(attempts: i32) -> FailureInfo {
    FailureInfo { reason: "panic", error: "it\nbroke".into(), attempts }
}

fn parked(offset: i64) -> Parked {
    let (queue, delay) = (Queue::of(KEY, offset), Duration::from_secs(3_600));
    Parked { place: place(offset), queue, failure: failure(3), delay, record: record(offset) }
}

fn dead(offset: i64) -> DeadLetter {
    let queue = Queue::of(KEY, offset);
    DeadLetter { place: place(offset), queue, failure: failure(10), record: record(offset) }
}

fn held(source: &str, incarnation: i64, dseq: i64, offset: i64) -> Held {
    let source = source.to_owned();
    Held { topic: "a".into(), partition: 0, source, incarnation, dseq, offset, record: record(offset) }
}

fn seen(source: &str, incarnation: i64, last_dseq: i64) -> Seen {
    let source = source.to_owned();
    Seen { topic: "a".into(), partition: 0, source, incarnation, last_dseq, anchored: true }
}

fn group(messages: i64) -> Group {
    Group { topic: "a".into(), partition: 0, messages }
}

fn position(next_offset: i64) -> Position {
    Position { topic: "a".into(), partition: 0, next_offset }
}

/// The owner of partition 0 of topic `a`, which has stored `writes` and read up to offset 100.
async fn owner<F: WithOperator>(fixture: &F, writes: Writes) -> Lane<F::Store> {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    lane.begin().await;
    lane.commit_moving(100, 0, writes).await;
    lane
}

/// Whether the owner notices that something was changed.
async fn notices<F: WithOperator>(lane: &mut Lane<F::Store>) -> bool {
    !fenced(lane.session.begin(&[lane.fence]).await).is_empty()
}

pub(crate) async fn refuses_a_database_that_is_not_its_own<F: WithOperator>(fixture: &F) {
    assert!(fixture.operator().await.is_err());
    let store = fixture.store();
    store.prepare("shop", "product", &[]).await.unwrap();
    let error = fixture.operator().await.err().unwrap().to_string();
    assert!(error.contains("belongs to service `product`"), "{error}");
}

pub(crate) async fn lists_what_failed<F: WithOperator>(fixture: &F) {
    let writes = Writes { parked: vec![parked(1), parked(5)], dead: vec![dead(3)], ..Writes::default() };
    owner(fixture, writes).await;
    let mut operator = fixture.operator().await.unwrap();
    let now = operator.now_ms().await.unwrap();
    let all = Filter::default();
    let found = operator.messages(Messages::Parked, &all, 10).await.unwrap();
    assert_eq!(found.iter().map(|message| message.id.offset).collect::<Vec<_>>(), [1, 5]);
    let first = &found[0];
    assert_eq!((first.key.as_slice(), first.state, first.attempts), (KEY, State::Parked, 3));
    assert_eq!((first.reason.as_str(), first.error.as_str()), ("panic", "it\nbroke"));
    assert!((now - 60_000..=now).contains(&first.since_ms), "{first:?} at {now}");
    let wait = first.next_ms.unwrap() - now;
    assert!((3_540_000..=3_600_000).contains(&wait), "{wait}");

    assert_eq!(operator.messages(Messages::Parked, &all, 1).await.unwrap().len(), 1);
    assert_eq!(operator.groups(Messages::Parked, &all).await.unwrap(), [group(2)]);
    let other = Filter { topic: Some("b".into()), ..Filter::default() };
    assert_eq!(operator.groups(Messages::Parked, &other).await.unwrap(), []);
    let other = Filter { key: Some(b"43".to_vec()), ..Filter::default() };
    assert_eq!(operator.messages(Messages::Parked, &other, 10).await.unwrap(), []);
    let two = Filter { ids: vec![id(5), id(9)], key: Some(KEY.to_vec()), ..Filter::default() };
    assert_eq!(operator.groups(Messages::Parked, &two).await.unwrap(), [group(1)]);

    let found = operator.messages(Messages::Dead, &all, 10).await.unwrap();
    assert_eq!(
        found.iter().map(|message| (message.state, message.next_ms)).collect::<Vec<_>>(),
        [(State::Dead, None)]
    );
    let whole = operator.find_message(&id(3)).await.unwrap();
    assert_eq!(whole.iter().map(|stored| stored.record.clone()).collect::<Vec<_>>(), [record(3)]);
}

pub(crate) async fn tries_again_at_once<F: WithOperator>(fixture: &F) {
    let mut lane = owner(fixture, Writes { parked: vec![parked(1), parked(5)], ..Writes::default() }).await;
    let mut operator = fixture.operator().await.unwrap();
    assert_eq!(operator.retry(&group(1), &Filter::one(id(1))).await.unwrap(), 1);
    let now = operator.now_ms().await.unwrap();
    let found = operator.messages(Messages::Parked, &Filter::default(), 10).await.unwrap();
    let due = |at: usize| found[at].next_ms.is_some_and(|next| next <= now);
    assert_eq!((due(0), due(1)), (true, false));
    assert!(notices::<F>(&mut lane).await);
}

pub(crate) async fn redrives_once_and_behind_its_key<F: WithOperator>(fixture: &F) {
    let writes = Writes { parked: vec![parked(7)], dead: vec![dead(3), dead(5)], ..Writes::default() };
    let mut lane = owner(fixture, writes).await;
    let mut operator = fixture.operator().await.unwrap();
    let all = Filter::default();
    assert_eq!(operator.redrive(&group(2), &all).await.unwrap(), 2);
    assert_eq!(operator.redrive(&group(2), &all).await.unwrap(), 0);
    assert!(notices::<F>(&mut lane).await);
    let behind = fixture.number(
        "SELECT count(*) FROM saga_parked AS one, saga_parked AS two
         WHERE one.\"offset\" = 7 AND two.\"offset\" = 3 AND two.position > one.position AND two.reason = 'redriven'
           AND two.attempts = 0",
    );
    assert_eq!(behind.await, 1);
    let in_order = fixture.number(
        "SELECT count(*) FROM saga_parked AS one, saga_parked AS two
         WHERE one.\"offset\" = 3 AND two.\"offset\" = 5 AND two.position > one.position",
    );
    assert_eq!(in_order.await, 1);
    assert_eq!(operator.messages(Messages::Dead, &all, 10).await.unwrap(), []);
    let states = operator.find_message(&id(3)).await.unwrap();
    let states: Vec<State> = states.iter().map(|stored| stored.message.state).collect();
    assert_eq!(states, [State::Parked, State::Redriven]);
}

pub(crate) async fn drops_for_a_reason<F: WithOperator>(fixture: &F) {
    let writes = Writes { parked: vec![parked(1), parked(2)], dead: vec![dead(3)], ..Writes::default() };
    let mut lane = owner(fixture, writes).await;
    let mut operator = fixture.operator().await.unwrap();
    // One of them was dead before.
    operator.redrive(&group(1), &Filter::one(id(3))).await.unwrap();
    let two = Filter { ids: vec![id(1), id(3)], ..Filter::default() };
    assert_eq!(operator.drop_messages(&group(2), &two, "nobody's").await.unwrap(), 2);
    assert!(notices::<F>(&mut lane).await);
    let left = operator.messages(Messages::Parked, &Filter::default(), 10).await.unwrap();
    assert_eq!(left.iter().map(|message| message.id.offset).collect::<Vec<_>>(), [2]);
    let dropped = operator.messages(Messages::EverDead, &Filter::default(), 10).await.unwrap();
    let dropped: Vec<_> = dropped.iter().map(|m| (m.id.offset, m.state, m.note.as_str())).collect();
    assert_eq!(dropped, [(1, State::Dropped, "nobody's"), (3, State::Dropped, "nobody's")]);
    assert_eq!(operator.redrive(&group(1), &Filter::default()).await.unwrap(), 0);
}

pub(crate) async fn shows_what_waits<F: WithOperator>(fixture: &F) {
    let writes = Writes {
        seen: vec![seen("s/1", 9, 4)],
        held: vec![held("s/1", 9, 7, 20), held("s/1", 9, 8, 21), held("s/2", 3, 2, 22)],
        ..Writes::default()
    };
    owner(fixture, writes).await;
    let mut operator = fixture.operator().await.unwrap();
    let waiting = operator.waiting().await.unwrap();
    let brief: Vec<_> = waiting
        .iter()
        .map(|held| (held.source.as_str(), held.missing, held.first, held.last, held.messages))
        .collect();
    assert_eq!(brief, [("s/1", Some(5), 7, 8, 2), ("s/2", Some(1), 2, 2, 1)]);
    let now = operator.now_ms().await.unwrap();
    assert!((now - 60_000..=now).contains(&waiting[0].since_ms));
    let whole = operator.find_message(&id(20)).await.unwrap();
    assert_eq!((whole.len(), whole[0].message.state), (1, State::Held));
}

pub(crate) async fn accepts_one_gap_of_one_source<F: WithOperator>(fixture: &F) {
    let writes = Writes {
        seen: vec![seen("s/1", 9, 4), seen("s/2", 3, 1)],
        held: vec![
            held("s/1", 9, 7, 20),
            held("s/1", 9, 8, 21),
            held("s/1", 9, 10, 23),
            held("s/2", 3, 3, 22),
        ],
        parked: vec![parked(30)],
        ..Writes::default()
    };
    let mut lane = owner(fixture, writes).await;
    let mut operator = fixture.operator().await.unwrap();
    assert_eq!(operator.accept_gap("a", 0, Some("s/9")).await.unwrap(), []);
    let accepted = operator.accept_gap("a", 0, Some("s/1")).await.unwrap();
    let brief: Vec<_> = accepted.iter().map(|gap| (gap.from, gap.to, gap.released)).collect();
    assert_eq!(brief, [(5, 6, 2)]);
    assert!(notices::<F>(&mut lane).await);
    // What waited is tried in its order, behind what is parked of its key.
    let in_order = fixture.number(
        "SELECT count(*) FROM saga_parked AS one, saga_parked AS two, saga_parked AS three
         WHERE one.\"offset\" = 30 AND two.\"offset\" = 20 AND three.\"offset\" = 21
           AND one.position < two.position AND two.position < three.position AND one.key = two.key",
    );
    assert_eq!(in_order.await, 1);
    let store = fixture.store();
    let state = Lane::on(&store, "in:a:0").await.state;
    let kept: Vec<_> = state.held.iter().map(|held| (held.source.as_str(), held.dseq)).collect();
    assert_eq!(kept, [("s/1", 10), ("s/2", 3)]);
    assert_eq!(state.seen, [seen("s/1", 9, 8), seen("s/2", 3, 1)]);
}

pub(crate) async fn drops_what_is_of_a_stale_incarnation<F: WithOperator>(fixture: &F) {
    let writes = Writes {
        seen: vec![seen("s/1", 9, 4)],
        held: vec![held("s/1", 8, 7, 20), held("s/1", 8, 8, 21)],
        ..Writes::default()
    };
    let lane = owner(fixture, writes).await;
    let mut operator = fixture.operator().await.unwrap();
    assert_eq!(operator.waiting().await.unwrap()[0].missing, None);
    let accepted = operator.accept_gap("a", 0, None).await.unwrap();
    let brief: Vec<_> = accepted.iter().map(|gap| (gap.released, gap.stale)).collect();
    assert_eq!(brief, [(0, 2)]);
    assert_eq!(operator.waiting().await.unwrap(), []);
    // They are accounted for as the repeats they would be.
    assert_eq!(fixture.counts(lane.fence.shard).await, (0, 2));
}

pub(crate) async fn begins_an_incarnation_after_a_restore<F: WithOperator>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut input = Lane::on(&store, "in:a:0").await;
    let mut other = store.session().await.unwrap();
    let local =
        other.take_over_local(input.fence.token, Duration::from_secs(60), &Default::default()).await.unwrap();
    input.begin().await;
    let number =
        |last_dseq| Destination { shard: input.fence.shard, topic: "b".into(), partition: 1, last_dseq };
    let writes = Writes { destinations: vec![number(7)], ..Writes::default() };
    input.commit_moving(5, 0, writes).await;
    let next_key = fixture.number("SELECT min(next) FROM saga_id").await;

    let mut operator = fixture.operator().await.unwrap();
    assert_eq!(operator.extent().await.unwrap().0, 2);
    let changes = operator.restored().await.unwrap();
    assert_eq!(changes.len(), 2);
    assert!(notices::<F>(&mut input).await);
    assert_eq!(fixture.number("SELECT min(next) FROM saga_id").await, next_key + (1 << 20));
    let again = Lane::on(&store, "in:a:0").await.state;
    assert!(again.incarnation > input.state.incarnation);
    assert_eq!((again.next_offset, again.destinations.len(), again.new_incarnation), (5, 0, None));
    // The lease of a local shard is over as well.
    let taken =
        other.take_over_local(input.fence.token, Duration::from_secs(1), &Default::default()).await.unwrap();
    assert_eq!(taken.name, local.name);
    assert!(taken.incarnation > local.incarnation);
    // Once too often does no harm.
    let twice = operator.restored().await.unwrap();
    assert!(twice.iter().zip(&changes).all(|(twice, once)| twice.to > once.to));
}

pub(crate) async fn pins_another_number_of_partitions_once_nothing_is_under_way<F: WithOperator>(
    fixture: &F,
) {
    let row = |shard| OutboxRow {
        shard,
        seq: 1,
        topic: "b".into(),
        partition: 0,
        incarnation: 1,
        dseq: 1,
        key: 0..0,
        headers: 0..0,
        value: 0..0,
    };
    let store = prepared(fixture).await;
    let pin = |partitions| PinnedTopic { topic: "b".into(), partitions, id: None };
    store.pin_topics(&[pin(3)]).await.unwrap();
    let mut lane = Lane::on(&store, "in:a:0").await;
    lane.begin().await;
    let outbox = Outbox { bytes: Vec::new(), rows: vec![row(lane.fence.shard)] };
    lane.commit_moving(1, 1, Writes { outbox, ..Writes::default() }).await;

    let mut operator = fixture.operator().await.unwrap();
    let refused = operator.repartition(&pin(5), false).await.unwrap();
    assert_eq!((refused.outbox, refused.parked, refused.held), (1, 0, 0));
    assert_eq!(operator.pinned().await.unwrap(), [pin(3)]);
    lane.begin().await;
    lane.session.rollback().await.unwrap();
    operator.repartition(&pin(5), true).await.unwrap();
    assert_eq!(operator.pinned().await.unwrap(), [pin(5)]);
    assert!(notices::<F>(&mut lane).await);
    assert!(operator.undrained("a").await.unwrap().is_empty());
}

pub(crate) async fn waits_for_the_owner<F: WithOperator>(fixture: &F) {
    let mut lane = owner(fixture, Writes::default()).await;
    let mut operator = fixture.operator().await.unwrap();
    lane.begin().await;
    let changed = tokio::spawn(async move { operator.redrive(&group(1), &Filter::default()).await });
    fixture.pass(Duration::from_millis(300)).await;
    assert!(!changed.is_finished());
    // What the owner stores meanwhile is there for the operator.
    lane.commit_moving(101, 0, Writes { dead: vec![dead(100)], ..Writes::default() }).await;
    assert_eq!(changed.await.unwrap().unwrap(), 1);
}
