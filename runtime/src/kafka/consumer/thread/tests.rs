//! A thread whose clients Kafka does not answer.

use std::sync::mpsc::channel;

use super::*;
use crate::kafka::KafkaConfig;
use crate::kafka::group::{Group, Role};
use crate::kafka::security::Security;
use crate::metrics::Metrics;

/// The thread of a service that Kafka does not answer, and what it reports.
fn alone() -> (Thread, mpsc::UnboundedReceiver<FromConsumer>) {
    let config = KafkaConfig {
        brokers: "127.0.0.1:1".to_owned(),
        topic_partitions: 1,
        security: Security::default(),
        prefix: "",
        mock: true,
    };
    let metrics = Arc::new(Metrics::new("order", "product"));
    let (sender, events) = mpsc::unbounded_channel();
    let mut identity = Identity {
        config,
        id: "test".to_owned(),
        group: Group::named("order", "product", Role::Member),
        topics: &["order-created"],
        metrics,
        credentials: 0,
    };
    let client = identity.client(sender.clone()).expect("a client needs no broker");
    let thread = Thread::new(identity, client, sender, channel().1, Arc::default(), Pulse::default());
    (thread, events)
}

/// What is reported as stopped last.
fn stopped(events: &mut mpsc::UnboundedReceiver<FromConsumer>) -> Option<BTreeMap<String, String>> {
    let mut last = None;
    while let Ok(event) = events.try_recv() {
        if let FromConsumer::Stopped(stopped) = event {
            last = Some(stopped);
        }
    }
    last
}

#[test]
fn a_client_that_is_assigned_nothing_is_replaced_until_one_is() {
    let (mut thread, mut events) = alone();
    let minute = || Instant::now() + Duration::from_secs(61);
    thread.notice(Instant::now());
    assert!(thread.client.is_some() && stopped(&mut events).is_none(), "it may take its time");
    for round in 0..2 {
        thread.notice(minute());
        assert!(thread.client.is_none() && thread.join_at.is_some(), "round {round}");
        thread.join_at = Some(Instant::now());
        thread.join();
        let client = thread.client.as_ref().expect("another client");
        assert!(client.context().silence().lasts(), "it waits for its own assignment");
        assert!(thread.stopped[GROUP].contains("not assigned"), "still: {:?}", thread.stopped);
    }
    assert!(stopped(&mut events).is_some_and(|stopped| stopped.contains_key(GROUP)));
    thread.client.as_ref().expect("a client").context().silence().ends();
    thread.notice(minute());
    assert_eq!(stopped(&mut events), Some(BTreeMap::new()), "at once, without messages or statistics");
    assert!(thread.client.is_some());
}

#[test]
fn one_that_leaves_its_group_is_not_stopped_by_it() {
    let (mut thread, mut events) = alone();
    let (orders, received) = channel();
    thread.orders = received;
    thread.notice(Instant::now() + Duration::from_secs(61));
    orders.send(ToConsumer::Leave).expect("the thread is there");
    assert!(thread.obey());
    assert_eq!((thread.join_at, thread.stopped.len()), (None, 0));
    assert!(stopped(&mut events).is_some_and(|stopped| stopped.is_empty()));
}
