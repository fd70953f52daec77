//! Where partitions are read on from, changed by hand.

use std::collections::BTreeMap;

use saga_runtime::store::{Filter, Messages, NewIncarnation, Replay, RestoreEvidence, Session as _, Writes};

use super::{WithOperator, dead, held, notices, owner, parked, position, seen};
use crate::store_suite::{Lane, prepared};

pub(crate) async fn reads_on_elsewhere<F: WithOperator>(fixture: &F) {
    let writes = Writes {
        seen: vec![seen("s/1", 9, 4)],
        held: vec![held("s/1", 9, 7, 20), held("s/1", 9, 9, 21)],
        ..Writes::default()
    };
    let mut lane = owner(fixture, writes).await;
    let mut operator = fixture.operator().await.unwrap();
    assert_eq!(operator.positions().await.unwrap(), [position(100)]);
    assert!(operator.resume(&position(99), 500).await.is_err());
    assert_eq!(operator.resume(&position(100), 500).await.unwrap(), 2);
    assert!(notices::<F>(&mut lane).await);
    let state = Lane::on(&fixture.store(), "in:a:0").await.state;
    assert_eq!((state.next_offset, state.held.len()), (500, 0));
    let seen: Vec<_> = state.seen.iter().map(|seen| (seen.last_dseq, seen.anchored)).collect();
    assert_eq!(seen, [(9, false)]);
}

pub(crate) async fn reads_again<F: WithOperator>(fixture: &F) {
    let writes = Writes {
        seen: vec![seen("s/1", 9, 4)],
        parked: vec![parked(10), parked(60)],
        dead: vec![dead(61)],
        held: vec![held("s/1", 9, 7, 70)],
        ..Writes::default()
    };
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    lane.begin().await;
    let pairs = [("step", "1".to_owned()), ("step", "2".to_owned())];
    lane.session.claim_once(&pairs.clone().into_iter().collect()).await.unwrap();
    lane.commit_moving(100, 0, writes).await;
    let mut operator = fixture.operator().await.unwrap();
    assert_eq!(operator.unapplied(&position(100), 50).await.unwrap(), (3, 0));
    let [first, second] = pairs;
    let again = Replay { from: 50, messages: 50, once: [first].into() };
    operator.replay(&position(100), &again).await.unwrap();
    assert!(notices::<F>(&mut lane).await);
    let state = Lane::on(&store, "in:a:0").await.state;
    assert_eq!((state.next_offset, state.seen.len(), state.held.len()), (50, 0, 0));
    let left = operator.messages(Messages::Parked, &Filter::default(), 10).await.unwrap();
    assert_eq!(left.iter().map(|message| message.id.offset).collect::<Vec<_>>(), [10]);
    assert_eq!(fixture.number("SELECT count(*) FROM saga_once").await, 1);
    assert_eq!(
        fixture.number(&format!("SELECT count(*) FROM saga_once WHERE correlation = '{}'", second.1)).await,
        1
    );
    // 50 messages come again, of which 3 had not been handled.
    let (applied, dropped) = fixture.counts(lane.fence.shard).await;
    assert_eq!(applied + dropped, -47);
}

/// Kafka was told of a later offset, by the same database.
pub(crate) async fn a_move_by_hand_is_no_restore<F: WithOperator>(fixture: &F) {
    let told = BTreeMap::from([("in:a:0".to_owned(), 100)]);
    let told = RestoreEvidence { committed_offsets: told, ..RestoreEvidence::default() };
    let before = owner(fixture, Writes::default()).await.state.incarnation;
    let mut operator = fixture.operator().await.unwrap();
    let again = Replay { from: 50, messages: 50, ..Replay::default() };
    operator.replay(&position(100), &again).await.unwrap();
    // What an operator does next hides nothing.
    operator.accept_new_topic("a").await.unwrap();
    operator.accept_gap("a", 0, None).await.unwrap();
    let lane = Lane::knowing(&fixture.store(), "in:a:0", &told).await;
    assert_eq!((lane.state.next_offset, lane.state.new_incarnation), (50, None));
    assert_eq!(lane.state.incarnation, before);
    // Nor is a restore overlooked because of that, later.
    let restored = Lane::knowing(&fixture.store(), "in:a:0", &told).await;
    assert_eq!(restored.state.new_incarnation, Some(NewIncarnation::CommittedOffset { next_offset: 100 }));
}
