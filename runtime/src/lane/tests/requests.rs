//! The lane of requests.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{Order, Rig, Shop, bound};
use crate::lane::RequestLane;
use crate::lane::requests::{Job, Reply};
use crate::store::{CommitFault, RequestKey};
use crate::topology::TopicSettings;
use crate::wire::Trace;

/// A running lane, and where its jobs go.
pub(super) fn lane(rig: &Rig) -> mpsc::Sender<Job<Shop>> {
    let (jobs, waiting) = mpsc::channel(1_000);
    let (service, store) = (std::sync::Arc::new(Shop), rig.store.clone());
    let mut lane = RequestLane::new(
        service,
        store,
        rig.topology.clone(),
        rig.relay.clone(),
        rig.metrics.clone(),
        rig.traces(),
    );
    bound(lane.resources());
    let (lost, losses) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        lane.run(waiting, losses).await;
        drop(lost);
    });
    jobs
}

pub(super) fn ask(
    jobs: &mpsc::Sender<Job<Shop>>,
    request: Order,
    key: Option<&str>,
) -> oneshot::Receiver<Reply> {
    let (reply, answer) = oneshot::channel();
    let key = key.map(|key| RequestKey { route: "POST /orders".into(), idem_key: key.into() });
    let trace = Trace { trace: 1, span: 1, parent: None, sampled: false };
    let began = std::time::Instant::now();
    let job = Job {
        method: "POST",
        path: "/orders",
        request,
        key,
        fingerprint: String::new(),
        trace,
        began,
        reply,
    };
    assert!(jobs.try_send(job).is_ok(), "the lane runs");
    answer
}

pub(super) async fn status(answer: oneshot::Receiver<Reply>) -> u16 {
    let reply = tokio::time::timeout(Duration::from_secs(20), answer).await;
    reply.expect("an answer in time").expect("an answer").status()
}

pub(super) fn order(product: i32) -> Order {
    Order { product, ..Order::default() }
}

#[tokio::test]
async fn a_bad_request_fails_alone() {
    for (bad, expected) in [
        (Order { state: "bad".into(), ..order(2) }, 422),
        (Order { unwritable: true, ..order(2) }, 422),
        (Order { large: 10_000, ..order(2) }, 413),
        (Order { panics: true, ..order(2) }, 500),
    ] {
        let rig = Rig::new().await;
        let limit = TopicSettings { max_message_bytes: Some(5_000), ..TopicSettings::default() };
        rig.topology.describe(vec![("taken".to_owned(), limit)]);
        let jobs = lane(&rig);
        let answers: Vec<_> =
            (0..60).map(|n| ask(&jobs, if n % 25 == 17 { bad.clone() } else { order(1) }, None)).collect();
        for (n, answer) in answers.into_iter().enumerate() {
            let expected = if n % 25 == 17 { expected } else { 201 };
            assert_eq!(status(answer).await, expected, "request {n}, {bad:?}");
        }
        assert_eq!(rig.taken().await, [58, 0, 0]);
    }
}

#[tokio::test]
async fn a_request_that_always_loses_against_others_waits_alone() {
    let rig = Rig::new().await;
    let jobs = lane(&rig);
    // Each time its handler gives a key that another transaction has taken meanwhile.
    let loses = ask(&jobs, Order { fickle: true, ..order(1) }, None);
    let answers: Vec<_> = (0..7).map(|_| ask(&jobs, order(2), None)).collect();
    for answer in answers {
        assert_eq!(status(answer).await, 201);
    }
    drop(loses);
    assert_eq!(rig.taken().await, [0, 7, 0]);
}

#[tokio::test]
async fn a_request_whose_handler_gives_a_key_that_is_taken_is_refused() {
    let rig = Rig::new().await;
    let jobs = lane(&rig);
    for (gives, expected) in [(4, 201), (4, 422), (1, 422)] {
        let answer = ask(&jobs, Order { gives: Some(gives), ..order(1) }, None);
        assert_eq!(status(answer).await, expected, "{gives}");
    }
}

#[tokio::test]
async fn a_refused_request_publishes_nothing() {
    let mut rig = Rig::new().await;
    let jobs = lane(&rig);
    let publish = || Order { publish: true, ..order(1) };
    let orders = [publish(), Order { refused: true, ..order(2) }, publish()];
    let answers = orders.map(|order| ask(&jobs, order, None));
    let mut found = Vec::new();
    for answer in answers {
        found.push(status(answer).await);
    }
    assert_eq!(found, [201, 422, 201]);
    let published = rig.published();
    assert!(published.matches("unwritable").count() == 2 && !published.contains("refused"), "{published}");
}

#[tokio::test]
async fn requests_with_one_key_are_one_request() {
    let rig = Rig::new().await;
    let jobs = lane(&rig);
    let answers = [(); 3].map(|()| ask(&jobs, order(1), Some("k")));
    for answer in answers {
        assert_eq!(status(answer).await, 201);
    }
    assert_eq!(rig.taken().await, [1, 0, 0]);
}

#[tokio::test]
async fn slow_requests_are_answered_in_smaller_transactions() {
    let rig = Rig::new().await;
    let jobs = lane(&rig);
    let answers: Vec<_> = (0..60).map(|_| ask(&jobs, Order { sleep: 4, ..order(1) }, None)).collect();
    for answer in answers {
        assert_eq!(status(answer).await, 201);
    }
    assert_eq!(rig.taken().await, [60, 0, 0]);
    let transactions = rig.sample("saga_batch_messages_count{lane=\"requests\"}");
    assert!(transactions > Some(2.0), "{transactions:?}");
    let slow = ask(&jobs, Order { sleep: 1_600, ..order(1) }, None);
    assert_eq!(status(slow).await, 503);
    assert_eq!(rig.taken().await, [60, 0, 0]);
}

#[tokio::test]
async fn requests_go_on_beside_one_that_waits_for_a_lock() {
    let rig = Rig::new().await;
    let jobs = lane(&rig);
    rig.store.hold("product_tb", "2");
    let held = ask(&jobs, order(2), None);
    let gone = ask(&jobs, order(2), None);
    for _ in 0..3 {
        assert_eq!(status(ask(&jobs, order(1), None)).await, 201);
    }
    drop(gone);
    rig.store.let_go();
    assert_eq!(status(held).await, 201);
    assert_eq!(rig.taken().await, [3, 1, 0], "a caller that is gone is not served");
}

#[tokio::test]
async fn an_unknown_commit_is_not_repeated_unless_the_key_tells() {
    for (publish, key, applied, expected, taken) in [
        (false, None, CommitFault::AfterApplied, 503, 1),
        (false, None, CommitFault::BeforeApplied, 503, 0),
        (false, Some("k"), CommitFault::AfterApplied, 201, 1),
        (false, Some("k"), CommitFault::BeforeApplied, 201, 1),
        (true, None, CommitFault::AfterApplied, 201, 1),
        (true, None, CommitFault::BeforeApplied, 201, 1),
    ] {
        let rig = Rig::new().await;
        let jobs = lane(&rig);
        assert_eq!(status(ask(&jobs, order(3), None)).await, 201);
        rig.store.fail_next_commit(applied);
        let answer = ask(&jobs, Order { publish, ..order(1) }, key);
        let case = format!("{publish} {key:?} {applied:?}");
        assert_eq!(status(answer).await, expected, "{case}");
        assert_eq!(rig.taken().await, [taken, 0, 1], "{case}");
    }
}

#[tokio::test]
async fn an_error_that_the_database_keeps_answering_ends_in_503() {
    let rig = Rig::new().await;
    let jobs = lane(&rig);
    rig.store.hold_commits(true);
    let began = std::time::Instant::now();
    let answers: Vec<_> = (0..5).map(|_| ask(&jobs, order(1), None)).collect();
    for answer in answers {
        assert_eq!(status(answer).await, 503);
    }
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}
