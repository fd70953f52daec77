//! Shards, their owners, and what an owner finds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use saga_runtime::Table;
use saga_runtime::store::{
    CursorMove, Destination, Fence, Held, NewIncarnation, RestoreEvidence, Seen, Session, ShardId, ShardMove,
    ShardState, Store, Token, Unpublished, Writes,
};

use super::entities::Product;
use super::{Fixture, Lane, fenced, prepared};

const SOON: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_secs(60);

pub(crate) async fn creates_shards_and_takes_them_over<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let names = ["in:b:1".to_owned(), "in:a:0".to_owned()];
    let mut session = store.session().await.unwrap();
    let token = Token::random();
    let states = session.take_over(&names, token, &RestoreEvidence::default()).await.unwrap();
    assert!(states.is_sorted_by_key(|state| state.id));
    for state in &states {
        assert!(names.contains(&state.name));
        assert_eq!((state.next_offset, state.last_seq, state.cursor), (-1, 0, 0));
        assert!(state.incarnation > 0 && state.new_incarnation.is_none());
    }
    // Another process finds the same shards, in whatever order it asks, and fences the first.
    let other = fixture.store();
    let mut names = names;
    names.reverse();
    let found = other
        .session()
        .await
        .unwrap()
        .take_over(&names, Token::random(), &RestoreEvidence::default())
        .await
        .unwrap();
    let before = |state: &ShardState| ShardState { previous_owner: Some(token), ..state.clone() };
    assert_eq!(found, states.iter().map(before).collect::<Vec<_>>(), "and whose they were");
    let fences: Vec<Fence> =
        states.iter().map(|state| Fence { shard: state.id, token, next_offset: -1, last_seq: 0 }).collect();
    assert_eq!(fenced(session.begin(&fences).await).len(), 2);
}

pub(crate) async fn compares_every_field_of_a_fence<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut other = Lane::on(&store, "in:a:0").await;
    let mut lane = Lane::on(&store, "in:a:1").await;
    lane.begin().await;
    lane.commit_moving(5, 7, Writes::default()).await;

    let good = lane.fence;
    for bad in [
        Fence { token: Token::random(), ..good },
        Fence { next_offset: 4, ..good },
        Fence { last_seq: 8, ..good },
        Fence { shard: ShardId(999), ..good },
    ] {
        // The shard that is in order is not named, and rolls back with the other.
        let fences = [Fence { ..other.fence }, bad];
        let mut session = store.session().await.unwrap();
        assert_eq!(fenced(session.begin(&fences).await), [bad.shard]);
        // Nothing stays locked, and the session can go on.
        session.begin(&[good]).await.unwrap();
        session.rollback().await.unwrap();
    }
    other.begin().await;
    other.session.rollback().await.unwrap();
}

pub(crate) async fn take_over_waits_for_an_open_transaction<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    lane.begin().await;
    let successor = tokio::spawn({
        let store = store.clone();
        async move { Lane::on(&store, "in:a:0").await.state }
    });
    tokio::time::sleep(SOON).await;
    assert!(!successor.is_finished(), "the take-over must wait for the open transaction");
    lane.commit_moving(12, 3, Writes::default()).await;
    let state = successor.await.unwrap();
    assert_eq!((state.next_offset, state.last_seq), (12, 3));
    assert_eq!(fenced(lane.session.begin(&[lane.fence]).await), [lane.fence.shard]);
}

pub(crate) async fn hands_local_shards_out<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut session = store.session().await.unwrap();
    let first = session.take_over_local(Token::random(), SOON, &RestoreEvidence::default()).await.unwrap();
    let second = session.take_over_local(Token::random(), LONG, &RestoreEvidence::default()).await.unwrap();
    assert_ne!(first.id, second.id);
    assert!(first.name.starts_with("local:") && second.name.starts_with("local:"));
    assert_eq!((first.next_offset, first.last_seq), (0, 0));
    fixture.pass(SOON + SOON).await;
    let again = session.take_over_local(Token::random(), LONG, &RestoreEvidence::default()).await.unwrap();
    assert_eq!(again.id, first.id, "a lease that has run out is taken over");
    let third = session.take_over_local(Token::random(), LONG, &RestoreEvidence::default()).await.unwrap();
    assert!(![first.id, second.id].contains(&third.id));
    // Input shards are numbered with them, and never handed out as local ones.
    let input = Lane::on(&store, "in:a:0").await.state;
    assert!(![first.id, second.id, third.id].contains(&input.id));
    let fourth = session.take_over_local(Token::random(), LONG, &RestoreEvidence::default()).await.unwrap();
    assert_ne!(fourth.id, input.id);
}

pub(crate) async fn renews_and_releases<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut session = store.session().await.unwrap();
    let token = Token::random();
    let shard = session.take_over_local(token, SOON, &RestoreEvidence::default()).await.unwrap().id;
    session.renew(shard, token, LONG).await.unwrap();
    fixture.pass(SOON + SOON).await;
    let other = session.take_over_local(Token::random(), LONG, &RestoreEvidence::default()).await.unwrap();
    assert_ne!(other.id, shard, "the lease was extended");

    session.release(&[(other.id, token)]).await.unwrap();
    let third = session.take_over_local(Token::random(), LONG, &RestoreEvidence::default()).await.unwrap();
    assert_ne!(third.id, other.id, "only the owner gives a shard up");

    session.release(&[(shard, token)]).await.unwrap();
    assert_eq!(fenced(session.renew(shard, token, LONG).await), [shard]);
    let fence = Fence { shard, token, next_offset: 0, last_seq: 0 };
    assert_eq!(fenced(session.begin(&[fence]).await), [shard]);
    let again = session.take_over_local(Token::random(), LONG, &RestoreEvidence::default()).await.unwrap();
    assert_eq!(again.id, shard);
    session.release(&[]).await.unwrap();
}

pub(crate) async fn begins_a_new_incarnation_in_another_database<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    lane.begin().await;
    let sent = Destination { shard: lane.fence.shard, topic: "out".into(), partition: 1, last_dseq: 4 };
    lane.commit_moving(9, 4, Writes { destinations: vec![sent.clone()], ..Writes::default() }).await;
    let before = Lane::on(&store, "in:a:0").await.state;
    assert_eq!(before.destinations, [sent]);
    assert_eq!((before.incarnation, before.new_incarnation), (lane.state.incarnation, None));
    Lane::on(&store, "in:a:1").await;

    fixture.restore_elsewhere().await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    assert_eq!(lane.state.new_incarnation, Some(NewIncarnation::OtherDatabase));
    assert!(lane.state.incarnation > before.incarnation);
    assert_eq!(lane.state.destinations, []);
    assert_eq!((lane.state.next_offset, lane.state.last_seq), (9, 4));
    let second = Lane::on(&store, "in:a:1").await.state;
    assert!(second.new_incarnation.is_some());
    let settled = Lane::on(&store, "in:a:1").await.state;
    assert_eq!((settled.new_incarnation, settled.incarnation), (None, second.incarnation));

    // Keys given after the backup are not given again; two shards jump once.
    lane = Lane::on(&store, "in:a:0").await;
    let mut products = Table::<Product>::default();
    products.reserve_new();
    lane.begin_with(&mut products).await;
    let make = |id| Product { id, name: String::new(), quantity: 0 };
    assert_eq!(products.create(make).unwrap().id, 4 + (1 << 20));
    lane.session.rollback().await.unwrap();
}

/// A shard that has sent four messages and read up to offset 9, and what it has sent.
async fn busy<S: Store>(store: &S, name: &str) -> (Lane<S>, Destination) {
    let mut lane = Lane::on(store, name).await;
    lane.begin().await;
    let sent = Destination { shard: lane.fence.shard, topic: "out".into(), partition: 1, last_dseq: 4 };
    lane.commit_moving(9, 4, Writes { destinations: vec![sent.clone()], ..Writes::default() }).await;
    (lane, sent)
}

async fn next_product_id<S: Store>(lane: &mut Lane<S>) -> i32 {
    let mut products = Table::<Product>::default();
    products.reserve_new();
    lane.begin_with(&mut products).await;
    let make = |id| Product { id, name: String::new(), quantity: 0 };
    let id = products.create(make).unwrap().id;
    lane.session.rollback().await.unwrap();
    id
}

/// What speaks for a restore begins a new incarnation; what does not, changes nothing.
async fn begins_a_new_incarnation_for<F: Fixture>(
    fixture: &F,
    fits: RestoreEvidence,
    speaks: RestoreEvidence,
    expected: NewIncarnation,
) {
    let store = prepared(fixture).await;
    let (mut lane, sent) = busy(&store, "in:a:0").await;
    let free = next_product_id(&mut lane).await;

    let before = Lane::knowing(&store, "in:a:0", &fits).await.state;
    assert_eq!((before.new_incarnation, before.incarnation), (None, lane.state.incarnation));
    assert_eq!(before.destinations, [sent]);

    fixture.pass(Duration::from_millis(2)).await;
    let mut new_incarnation = Lane::knowing(&store, "in:a:0", &speaks).await;
    assert_eq!(new_incarnation.state.new_incarnation, Some(expected));
    assert!(new_incarnation.state.incarnation > before.incarnation);
    assert_eq!(new_incarnation.state.destinations, []);
    assert_eq!((new_incarnation.state.next_offset, new_incarnation.state.last_seq), (9, 4));
    assert_eq!(
        next_product_id(&mut new_incarnation).await,
        free + (1 << 20),
        "keys given since are not given again"
    );

    let settled = Lane::on(&store, "in:a:0").await.state;
    assert_eq!((settled.new_incarnation, settled.incarnation), (None, new_incarnation.state.incarnation));
    assert_eq!(settled.destinations, []);
    let fresh = Lane::knowing(&store, "in:a:1", &speaks).await.state;
    assert_eq!(fresh.new_incarnation, None, "of another shard it says nothing");
}

pub(crate) async fn begins_a_new_incarnation_when_the_process_remembers_more<F: Fixture>(fixture: &F) {
    let remembers = |last_seq| RestoreEvidence {
        remembered: BTreeMap::from([("in:a:0".to_owned(), last_seq)]),
        ..RestoreEvidence::default()
    };
    let expected = NewIncarnation::Remembered { last_seq: 5 };
    begins_a_new_incarnation_for(fixture, remembers(4), remembers(5), expected).await;

    // So does the shard of requests.
    let store = fixture.store();
    let mut session = store.session().await.unwrap();
    let first = session.take_over_local(Token::random(), SOON, &RestoreEvidence::default()).await.unwrap();
    fixture.pass(SOON + SOON).await;
    let evidence = RestoreEvidence {
        remembered: BTreeMap::from([(first.name.clone(), 1)]),
        ..RestoreEvidence::default()
    };
    let again = session.take_over_local(Token::random(), LONG, &evidence).await.unwrap();
    assert_eq!(
        (again.id, again.new_incarnation),
        (first.id, Some(NewIncarnation::Remembered { last_seq: 1 }))
    );
}

pub(crate) async fn begins_a_new_incarnation_when_kafka_was_told_more<F: Fixture>(fixture: &F) {
    let committed = |next_offset| RestoreEvidence {
        committed_offsets: BTreeMap::from([("in:a:0".to_owned(), next_offset)]),
        ..RestoreEvidence::default()
    };
    begins_a_new_incarnation_for(
        fixture,
        committed(9),
        committed(10),
        NewIncarnation::CommittedOffset { next_offset: 10 },
    )
    .await;
}

pub(crate) async fn finds_unpublished_inputs<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let (mut lane, _) = busy(&store, "in:gone:2").await;
    let mut session = store.session().await.unwrap();
    session.take_over_local(Token::random(), LONG, &RestoreEvidence::default()).await.unwrap();
    let found = |cursor| Unpublished {
        name: "in:gone:2".to_owned(),
        owner: Some(lane.fence.token),
        cursor,
        last_seq: 4,
    };
    assert_eq!(session.unpublished().await.unwrap(), [found(0)]);
    let (shard, token) = (lane.fence.shard, lane.fence.token);
    for (from, to, left) in [(0, 3, vec![found(3)]), (3, 4, Vec::new())] {
        assert_eq!(lane.session.move_cursors(&[CursorMove { shard, token, from, to }]).await.unwrap(), []);
        assert_eq!(session.unpublished().await.unwrap(), left);
    }
}

pub(crate) async fn keeps_what_shards_have_seen<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let seen = |partition, source: &str, last_dseq| Seen {
        topic: "a".into(),
        partition,
        source: source.to_owned(),
        incarnation: 70,
        last_dseq,
        anchored: last_dseq > 1,
    };
    let held = |partition, dseq| Held {
        topic: "a".into(),
        partition,
        source: "order/1".to_owned(),
        incarnation: 70,
        dseq,
        offset: dseq + 100,
        record: vec![0, 255, u8::try_from(dseq).unwrap()],
    };
    let mut lane = Lane::on(&store, "in:a:0").await;
    lane.begin().await;
    let writes = Writes {
        seen: vec![seen(0, "order/1", 3), seen(0, "order/2", 1), seen(1, "order/1", 5)],
        held: vec![held(0, 9), held(0, 7), held(1, 8)],
        ..Writes::default()
    };
    lane.commit_moving(1, 0, writes).await;
    lane.begin().await;
    let writes = Writes { seen: vec![seen(0, "order/1", 6)], ..Writes::default() };
    lane.commit_moving(2, 0, writes).await;

    let state = Lane::on(&store, "in:a:0").await.state;
    assert_eq!(state.seen, [seen(0, "order/1", 6), seen(0, "order/2", 1)]);
    assert_eq!(state.held, [held(0, 7), held(0, 9)]);
    let names = ["in:a:1".to_owned(), "in:b:0".to_owned()];
    let states = lane.session.take_over(&names, Token::random(), &RestoreEvidence::default()).await.unwrap();
    let of = |name: &str| states.iter().find(|state| state.name == name).unwrap();
    assert_eq!((of("in:a:1").seen.len(), of("in:a:1").held.len()), (1, 1));
    assert_eq!((of("in:b:0").seen.len(), of("in:b:0").held.len()), (0, 0));
}

pub(crate) async fn creates_shards_at_the_same_time<F: Fixture>(fixture: &F) {
    const OWNERS: i32 = 6;
    prepared(fixture).await;
    let owners: Vec<_> = (0..OWNERS)
        .map(|number| {
            let store = fixture.store();
            tokio::spawn(async move {
                let mut session = store.session().await.unwrap();
                let names = [format!("in:a:{number}"), "in:b:0".to_owned(), format!("in:a:{}", number + 1)];
                let mut inputs =
                    session.take_over(&names, Token::random(), &RestoreEvidence::default()).await.unwrap();
                inputs.push(
                    session
                        .take_over_local(Token::random(), LONG, &RestoreEvidence::default())
                        .await
                        .unwrap(),
                );
                inputs
            })
        })
        .collect();
    let (mut names, mut locals) = (BTreeMap::new(), BTreeSet::new());
    for owner in owners {
        let mut states = owner.await.unwrap();
        assert!(locals.insert(states.pop().unwrap().id), "a local shard has one owner");
        for state in states {
            assert_eq!(*names.entry(state.name).or_insert(state.id), state.id);
        }
    }
    let ids: BTreeSet<i32> = names.values().chain(&locals).map(|id| id.0).collect();
    assert_eq!(ids, (0..2 * OWNERS + 2).collect(), "all have a number, without gaps");
}

pub(crate) async fn finds_orphans<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut session = store.session().await.unwrap();
    let mut shards = Vec::new();
    // One that has sent all, one that has not, and one whose owner is alive.
    for (cursor, lease) in [(2, SOON), (1, SOON), (1, LONG)] {
        let token = Token::random();
        let state = session.take_over_local(token, lease, &RestoreEvidence::default()).await.unwrap();
        let fence = Fence { shard: state.id, token, next_offset: 0, last_seq: 0 };
        session.begin(&[fence]).await.unwrap();
        let step = ShardMove { shard: state.id, next_offset: 0, last_seq: 2, applied: 0, dropped: 0 };
        session.commit(&Writes { shards: vec![step], ..Writes::default() }).await.unwrap();
        let sent = CursorMove { shard: state.id, token, from: 0, to: cursor };
        assert_eq!(session.move_cursors(&[sent]).await.unwrap(), []);
        shards.push((state, token));
    }
    fixture.pass(SOON + SOON).await;
    assert_eq!(session.orphans().await.unwrap(), [shards[1].0.name.clone()]);
    session.release(&[(shards[2].0.id, shards[2].1)]).await.unwrap();
    let names = [shards[1].0.name.clone(), shards[2].0.name.clone()];
    assert_eq!(session.orphans().await.unwrap(), names);
    let adopted = session.take_over(&names, Token::random(), &RestoreEvidence::default()).await.unwrap();
    assert!(adopted.iter().all(|state| (state.cursor, state.last_seq) == (1, 2)));
    assert!(session.orphans().await.unwrap().is_empty(), "they have an owner");
}
