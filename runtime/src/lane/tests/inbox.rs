//! The lane of messages.

use std::time::Duration;

use tokio::time::Instant;

use super::{ORIGIN, Order, Rig, Shop, bound};
use crate::lane::Phase;
use crate::lane::inbox::{Lane, Ran};
use crate::record::{Record, TopicPartition};
use crate::store::{DeadLetter, MemoryStore, StoreError};
use crate::wire::{Number, SEQ_HEADER};

type ShopLane = Lane<Shop, MemoryStore>;

/// A lane that owns its partition, with these messages in the queue, each of a key of its own.
async fn lane(rig: &Rig, orders: &[Order]) -> ShopLane {
    let (service, store) = (std::sync::Arc::new(Shop), rig.store.clone());
    let mut lane =
        Lane::new(service, store, rig.topology.clone(), rig.relay.clone(), rig.metrics.clone(), rig.traces());
    bound(lane.resources());
    lane.take_over(&[ORIGIN], &Default::default()).await.expect("a partition");
    enqueue(&mut lane, orders);
    lane
}

fn enqueue(lane: &mut ShopLane, orders: &[Order]) {
    for (order, offset) in orders.iter().zip(0..) {
        let body = serde_json::to_vec(order).expect("JSON");
        lane.enqueue(if offset == 0 { -1 } else { offset }, record(offset, &offset.to_string(), &body));
    }
}

/// A message with the number that the relay of a service gives it.
fn record(offset: i64, key: &str, body: &[u8]) -> Record {
    let TopicPartition { topic, partition } = ORIGIN;
    let number = Number { source: "s/0", incarnation: 1, topic, partition, dseq: offset + 1 }.to_string();
    let headers = [(SEQ_HEADER.as_bytes(), Some(number.as_bytes()))];
    Record::new(ORIGIN, offset, Some(key.as_bytes()), Some(body), headers.into_iter())
}

/// Runs until nothing is left to do, and returns the sizes of the batches.
async fn drain(lane: &mut ShopLane) -> Vec<usize> {
    let mut sizes = Vec::new();
    loop {
        match lane.run_batch(Instant::now()).await.expect("a database") {
            Ran::Committed(size) => sizes.push(size),
            Ran::Idle => return sizes,
        }
    }
}

fn order(product: i32) -> Order {
    Order { product, ..Order::default() }
}

#[tokio::test]
async fn slow_handlers_make_smaller_batches_and_steady_progress() {
    let rig = Rig::new().await;
    let orders = vec![Order { sleep: 4, ..order(1) }; 120];
    let mut lane = lane(&rig, &orders).await;
    let sizes = drain(&mut lane).await;
    assert_eq!(rig.taken().await, [120, 0, 0]);
    assert!(sizes.iter().all(|size| *size <= 26), "one took longer than it may: {sizes:?}");
    assert!(sizes.len() < 100, "they need not be that small: {sizes:?}");
    assert!(rig.store.parked().is_empty());
}

#[tokio::test]
async fn a_batch_of_one_takes_the_time_it_needs() {
    let rig = Rig::new().await;
    let mut lane = lane(&rig, &vec![Order { sleep: 120, ..order(1) }; 5]).await;
    let sizes = drain(&mut lane).await;
    assert_eq!((rig.taken().await, sizes), (vec![5, 0, 0], vec![1; 5]));
}

#[tokio::test]
async fn a_single_call_that_takes_too_long_parks_its_message_and_names_it() {
    let rig = Rig::new().await;
    let mut lane = lane(&rig, &[order(1), Order { sleep: 1_600, publish: true, ..order(2) }, order(3)]).await;
    drain(&mut lane).await;
    assert_eq!(rig.taken().await, [1, 0, 1]);
    let parked = rig.store.parked();
    assert_eq!(parked[0].failure.reason, "too-slow");
    assert!(parked[0].failure.attempts > 0, "it counts as an attempt");
    assert!(parked[0].failure.error.contains("handler of take took"), "{}", parked[0].failure.error);
    assert!(rig.sample("saga_handler_slow_seconds_total{step=\"take\"}").is_some_and(|took| took > 1.5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_handler_holds_up_nothing_but_its_lane() {
    let rig = Rig::new().await;
    let mut lane = lane(&rig, &[Order { sleep: 600, ..order(1) }]).await;
    let activity = lane.activity();
    let task = tokio::spawn(async move { drain(&mut lane).await });
    let (mut longest, mut seen) = (Duration::ZERO, false);
    while !task.is_finished() {
        let before = Instant::now();
        tokio::spawn(tokio::time::sleep(Duration::from_millis(1))).await.expect("another task");
        longest = longest.max(before.elapsed());
        let look = activity.look();
        seen |= look.phase == Phase::Deciding && look.message == Some((ORIGIN, 0));
    }
    assert_eq!(rig.taken().await, [1, 0, 0]);
    assert!(longest < Duration::from_millis(500), "another task waited {longest:?}");
    assert!(seen, "and the watchdog sees which message its handler has");
}

#[tokio::test]
async fn only_what_needs_a_locked_row_waits_for_it() {
    let rig = Rig::new().await;
    let orders: Vec<Order> = (0..30).map(|n| order(n % 3 + 1)).collect();
    let mut lane = lane(&rig, &orders).await;
    rig.store.hold("product_tb", "2");
    drain(&mut lane).await;
    assert_eq!(rig.taken().await, [10, 0, 10]);
    let parked = rig.store.parked();
    assert_eq!(parked.len(), 10);
    assert!(parked.iter().all(|it| it.failure.reason == "locked" && it.failure.attempts == 0));
    assert!(parked[0].failure.error.contains("row 2 of product_tb"), "{}", parked[0].failure.error);
    assert_eq!(rig.sample("saga_locked_rows{lane=\"messages\"}"), Some(1.0));
    let later = Instant::now() + Duration::from_secs(3);
    lane.run_batch(later).await.expect("a database");
    assert!(rig.store.parked().iter().all(|it| it.failure.attempts == 0), "waiting is no attempt");
    rig.store.let_go();
    let later = later + Duration::from_secs(3);
    lane.run_batch(later).await.expect("a database");
    assert_eq!(rig.taken().await, [10, 10, 10]);
    assert!(rig.store.parked().is_empty());
}

#[tokio::test]
async fn a_conflict_that_never_ends_is_the_message_s_own() {
    let rig = Rig::new().await;
    let mut lane = lane(&rig, &[order(1), Order { fickle: true, ..order(0) }, order(1)]).await;
    drain(&mut lane).await;
    assert_eq!(rig.taken().await, [2, 0, 0]);
    let parked = rig.store.parked();
    assert_eq!((parked.len(), parked[0].failure.reason), (1, "unstorable"));
}

#[tokio::test]
async fn a_step_fails_at_once_whose_handler_gives_a_key_that_is_taken() {
    let half = |first, word: &str| Order { half: Some((first, word.to_owned())), ..order(0) };
    for (key, success) in [("4", true), ("3", false)] {
        let mut rig = Rig::new().await;
        let mut lane = lane(&rig, &[order(1), half(true, "one"), half(false, key), order(2)]).await;
        drain(&mut lane).await;
        let published = rig.published();
        assert!(published.contains(&format!("\"success\":{success}")), "{key}: {published}");
        assert!(rig.store.parked().is_empty(), "nothing is tried again");
        let taken = if success { vec![1, 1, 0, 0] } else { vec![1, 1, 0] };
        assert_eq!(rig.taken().await, taken);
    }
}

#[tokio::test]
async fn a_lock_that_is_never_found_ends_the_ownership() {
    let rig = Rig::new().await;
    let mut lane = lane(&rig, &[order(1)]).await;
    rig.store.hold_commits(true);
    let failed = loop {
        match lane.run_batch(Instant::now()).await {
            Ok(Ran::Committed(_)) => {}
            other => break other,
        }
    };
    assert!(matches!(failed, Err(StoreError::Locked(_))), "{failed:?}");
    rig.store.hold_commits(false);
    lane.reload(&Default::default()).await.expect("a partition");
    enqueue(&mut lane, &[order(1)]);
    drain(&mut lane).await;
    assert_eq!(rig.taken().await, [1, 0, 0]);
}

#[tokio::test]
async fn a_value_from_a_newer_version_is_kept_whole_and_holds_up_nothing() {
    let rig = Rig::new().await;
    let mut lane = lane(&rig, &[order(1)]).await;
    let body = br#"{"product":2,"kind":"huge","new":[1.50]}"#;
    lane.enqueue(1, record(1, "b", body));
    lane.enqueue(2, record(2, "b", &serde_json::to_vec(&order(3)).expect("JSON")));
    drain(&mut lane).await;
    assert_eq!(rig.taken().await, [1, 0, 1], "the next message of its key is handled");
    let dead = rig.store.dead();
    let [(DeadLetter { failure, record, .. }, _)] = dead.as_slice() else { panic!("{dead:?}") };
    assert_eq!(failure.reason, "undecodable");
    let kept = Record::restore(ORIGIN, 1, record.clone()).expect("a message");
    assert_eq!(kept.value(), body, "byte by byte");
    let error = &failure.error;
    assert!(error.contains("`kind`: unknown variant `huge`, expected `small` or `large`"), "{error}");
    assert!(rig.store.parked().is_empty(), "to try it again would not help");
}

#[tokio::test]
async fn a_step_fails_whose_first_message_cannot_be_stored() {
    let mut rig = Rig::new().await;
    let half = |first, word: &str| Order { half: Some((first, word.to_owned())), ..order(0) };
    rig.store.refuse_steps("poison");
    let mut lane = lane(&rig, &[half(true, "poison"), order(1)]).await;
    drain(&mut lane).await;
    assert_eq!(rig.taken().await, [1, 0, 0]);
    let mut now = Instant::now();
    for _ in 0..14 {
        now += Duration::from_secs(31);
        lane.run_batch(now).await.expect("a database");
    }
    assert_eq!(rig.store.parked()[0].failure.reason, "unfinished", "it waits for the other half");
    assert_eq!(rig.published(), "");
    let body = serde_json::to_vec(&half(false, "fine")).expect("JSON");
    lane.enqueue(2, record(2, "other", &body));
    lane.run_batch(now).await.expect("a database");
    lane.run_batch(now + Duration::from_secs(31)).await.expect("a database");
    assert!(rig.published().contains("\"success\":false"), "the step fails, and says so");
    assert!(rig.store.parked().is_empty() && rig.store.dead().is_empty());
}
