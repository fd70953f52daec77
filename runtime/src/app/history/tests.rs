//! A step that moves behind a new service, in a saga that has a history: on SQLite, and on a mock cluster
//! that outlives the versions.

mod groups;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::*;
use crate::fixture::{Noted, Post, Reader};
use crate::kafka::MockCluster;
use crate::kafka::security::Security;
use crate::lane::{Lane, Ran};
use crate::metrics::Metrics;
use crate::record::Record;
use crate::relay::RelayHandle;
use crate::store::SqliteStore;
use crate::topology::Topology;
use crate::traces::Traces;
use crate::wire::{Number, READERS_HEADER, SEQ_HEADER};

/// Takes the stock of an order, once it is `ordered`.
struct Before;

/// Takes the stock of an order, once it is `checked`.
struct After;

/// Checks what is `ordered`.
struct Check;

impl Post for Before {
    const NAME: &'static str = "product";
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[("take", &["ordered"])];
}

impl Post for After {
    const NAME: &'static str = "product";
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[("take", &["checked"])];
}

impl Post for Check {
    const NAME: &'static str = "fraud";
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[("check", &["ordered"])];
}

/// Kafka, and the databases of the services.
struct Shop {
    cluster: MockCluster,
    folder: PathBuf,
    /// How many messages a topic has.
    sent: BTreeMap<&'static str, i64>,
    /// What the group has committed to Kafka.
    committed: i64,
}

impl Shop {
    fn open() -> Self {
        let cluster = MockCluster::start().expect("a mock cluster");
        for topic in ["ordered", "checked"] {
            cluster.create_topic(topic, 1).expect("a topic");
        }
        let folder = std::env::temp_dir().join(format!("saga-history-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&folder).expect("a temporary folder");
        Self { cluster, folder, sent: BTreeMap::new(), committed: -1 }
    }

    fn kafka(&self) -> KafkaConfig {
        let brokers = self.cluster.brokers().to_owned();
        KafkaConfig { brokers, topic_partitions: 1, security: Security::default(), prefix: "", mock: false }
    }

    fn store(&self, service: &str) -> SqliteStore {
        SqliteStore::open(&self.folder.join(service).to_string_lossy()).expect("a path")
    }

    /// Publishes a message about each of `orders`, for `readers`.
    fn publish(&mut self, topic: &'static str, readers: &str, orders: &[&str]) {
        let producer = self.producer();
        for order in orders {
            let dseq = self.sent.entry(topic).or_default();
            *dseq += 1;
            let number = Number { source: "s/0", incarnation: 1, topic, partition: 0, dseq: *dseq };
            let headers = OwnedHeaders::new()
                .insert(Header { key: READERS_HEADER, value: Some(readers) })
                .insert(Header { key: SEQ_HEADER, value: Some(&number.to_string()) });
            let body = Noted::body(order);
            let record = BaseRecord::to(topic).key(*order).payload(&body).partition(0).headers(headers);
            producer.send(record).expect("room in the queue");
        }
        producer.flush(Duration::from_secs(10)).expect("the broker takes them");
    }

    /// A message with headers that were copied from one on another topic.
    fn publish_copy(&self, topic: &str) {
        let producer = self.producer();
        let number = Number { source: "s/0", incarnation: 1, topic: "other", partition: 0, dseq: 1 };
        let headers = OwnedHeaders::new()
            .insert(Header { key: READERS_HEADER, value: Some("somewhere else") })
            .insert(Header { key: SEQ_HEADER, value: Some(&number.to_string()) });
        let record = BaseRecord::to(topic).key("1").payload("1").partition(0).headers(headers);
        producer.send(record).expect("room in the queue");
        producer.flush(Duration::from_secs(10)).expect("the broker takes it");
    }

    fn producer(&self) -> BaseProducer {
        let mut settings = rdkafka::ClientConfig::new();
        settings.set("bootstrap.servers", self.cluster.brokers());
        settings.create().expect("a producer")
    }

    /// Starts a version as a service does, as far as its first message.
    async fn start<S: Service>(
        &self,
        choice: Option<HistoryChoice>,
    ) -> Result<Vec<&'static str>, StartError> {
        let store = self.store(S::NAME);
        let history = History::of::<S>(choice);
        let reviewed = history.of_tables(&store).await?;
        store.prepare(S::SAGA, S::NAME, &S::tables()).await?;
        let pin = |topic: &&str| PinnedTopic { topic: (*topic).to_owned(), partitions: 1, id: None };
        let pinned: Vec<_> = S::CONSUMES.iter().map(pin).collect();
        let mut places = history.places(&reviewed, &store, &self.kafka(), &pinned).await?;
        places.iter_mut().filter(|place| place.new).for_each(|place| place.committed = self.committed);
        history.of_logs(reviewed, &store, &self.kafka(), places).await
    }

    /// Starts a version, and lets it handle the messages about `orders`, which stand at `from` in the log.
    async fn handle<S: Service>(&self, service: S, run_once: Vec<&'static str>, from: i64, orders: &[&str]) {
        let (store, topic) = (self.store(S::NAME), S::CONSUMES[0]);
        let pinned = [PinnedTopic { topic: topic.to_owned(), partitions: 1, id: None }];
        store.pin_topics(&pinned).await.expect("the database");
        let topology = Arc::new(Topology::new(S::NAME, S::CONSUMES, &pinned));
        let (commands, _orders) = mpsc::unbounded_channel();
        let (lost, _losses) = mpsc::unbounded_channel();
        let relay = RelayHandle::new(commands, lost, Arc::default());
        let (metrics, traces) = (Arc::new(Metrics::new(S::SAGA, S::NAME)), Arc::new(Traces::off()));
        let lane = Lane::new(Arc::new(service), store, topology, relay, metrics, traces);
        let mut lane = lane.running_once(run_once);
        let origin = TopicPartition { topic, partition: 0 };
        let starts = lane.take_over(&[origin], &BTreeMap::new()).await.expect("the database");
        let next = starts.iter().find_map(|(_, next)| *next).unwrap_or(-1);
        assert!(next <= from, "the service goes on at {next}");
        for (at, order) in (from..).zip(orders) {
            let number =
                Number { source: "s/0", incarnation: 1, topic, partition: 0, dseq: at + 1 }.to_string();
            let headers = [(SEQ_HEADER.as_bytes(), Some(number.as_bytes()))];
            let body = Noted::body(order);
            let (key, body) = (Some(order.as_bytes()), Some(body.as_bytes()));
            let record = Record::new(origin, at, key, body, headers.into_iter());
            lane.enqueue(if at == from { next } else { at }, record);
        }
        let ran = lane.run_batch(Instant::now()).await.expect("the database");
        assert_eq!(ran, Ran::Committed(orders.len()));
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn refused(started: Result<Vec<&'static str>, StartError>) -> String {
    match started {
        Err(StartError::History(why)) => why,
        other => panic!("it should have asked: {other:?}"),
    }
}

#[tokio::test]
async fn a_step_that_moved_behind_a_new_service_meets_its_history() {
    let mut shop = Shop::open();
    let taken = Arc::new(Mutex::new(Vec::new()));
    let none: Vec<&str> = Vec::new();
    assert_eq!(shop.start::<Reader<Before>>(None).await.expect("it is new, and so is the saga"), none);
    shop.publish("ordered", "product", &["1", "2"]);
    shop.handle(Reader::<Before>::noting(taken.clone()), Vec::new(), 0, &["1", "2"]).await;
    assert_eq!(shop.start::<Reader<Before>>(None).await.expect("nothing has changed"), none);

    // The new service does not act for what was published before it, and asks.
    let why = refused(shop.start::<Reader<Check>>(None).await);
    assert!(why.contains("ordered holds up to 2 messages") && why.contains("fraud --history skip"), "{why}");
    shop.start::<Reader<Check>>(Some(HistoryChoice::Handle)).await.expect("it was decided");
    shop.start::<Reader<Check>>(None).await.expect("it was decided, and is remembered");
    shop.publish("checked", "product", &["1", "2", "3"]);

    // The step does not act again.
    let run_once = shop.start::<Reader<After>>(None).await.expect("it needs no decision");
    assert_eq!(run_once, ["checked"]);
    shop.handle(Reader::<After>::noting(taken.clone()), run_once, 0, &["1", "2", "3"]).await;
    assert_eq!(*taken.lock().expect("no test panics with it"), ["1", "2", "3"]);

    // The way back.
    shop.publish("ordered", "fraud", &["3"]);
    let why = refused(shop.start::<Reader<Before>>(None).await);
    assert!(why.contains("ordered holds up to 1 messages"), "{why}");
    let run_once = shop.start::<Reader<Before>>(Some(HistoryChoice::Handle)).await.expect("it was decided");
    shop.handle(Reader::<Before>::noting(taken.clone()), run_once, 2, &["3"]).await;
    assert_eq!(*taken.lock().expect("no test panics with it"), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_new_service_begins_behind_a_history_and_not_behind_its_own_messages() {
    let mut shop = Shop::open();
    shop.publish("ordered", "product", &["1", "2"]);
    shop.publish("ordered", "fraud product", &["3"]);
    shop.start::<Reader<Check>>(Some(HistoryChoice::Skip)).await.expect("it was decided");
    let mut operator = shop.store("fraud").operator().await.expect("a connection").expect("a database");
    let positions = operator.positions().await.expect("the tables");
    assert_eq!(positions.iter().map(|it| it.next_offset).collect::<Vec<_>>(), [2]);
    shop.start::<Reader<Check>>(None).await.expect("what is left is its own");
}

#[tokio::test]
async fn a_service_that_starts_late_handles_what_was_published_for_it() {
    let mut shop = Shop::open();
    shop.publish("ordered", "fraud product", &["1", "2"]);
    shop.start::<Reader<Check>>(None).await.expect("nothing is older than it");
    shop.start::<Reader<Before>>(None).await.expect("nothing is older than it");
    shop.publish_copy("checked");
    shop.start::<Reader<After>>(None).await.expect("that is no message of ours");
}

#[tokio::test]
async fn a_topic_that_is_no_longer_read_is_read_to_its_end_first() {
    let mut shop = Shop::open();
    shop.start::<Reader<Before>>(None).await.expect("it is new");
    shop.publish("ordered", "product", &["1", "2"]);
    shop.handle(Reader::<Before>::default(), Vec::new(), 0, &["1"]).await;
    let why = refused(shop.start::<Reader<After>>(None).await);
    assert!(why.contains("1 messages of ordered were not read"), "{why}");
    shop.handle(Reader::<Before>::default(), Vec::new(), 1, &["2"]).await;
    // Not everything that comes there now is for it.
    shop.publish("ordered", "fraud", &["3"]);
    assert_eq!(shop.start::<Reader<After>>(None).await.expect("it has read its own"), ["checked"]);
}

#[tokio::test]
async fn a_service_with_another_database_than_before_asks() {
    let mut shop = Shop::open();
    shop.publish("ordered", "product", &["1", "2", "3"]);
    shop.committed = 2;
    let why = refused(shop.start::<Reader<Before>>(None).await);
    assert!(why.contains("ordered holds up to 2 messages") && why.contains("another database"), "{why}");
    shop.start::<Reader<Before>>(Some(HistoryChoice::Skip)).await.expect("it was decided");
    let mut operator = shop.store("product").operator().await.expect("a connection").expect("a database");
    let positions = operator.positions().await.expect("the tables");
    assert_eq!(positions.iter().map(|it| it.next_offset).collect::<Vec<_>>(), [2]);
    shop.start::<Reader<Before>>(None).await.expect("it was decided");
}
