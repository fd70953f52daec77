//! An instance that cannot reach its database gives its partitions to others, and comes back by itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use product::ProductService;
use saga_runtime::http::Health;
use saga_runtime::kafka::consumer::{ConsumerHandle, FromConsumer, ToConsumer};
use saga_runtime::kafka::survey::Surveyor;
use saga_runtime::lane::{Activity, Lane, Look};
use saga_runtime::metrics::Metrics;
use saga_runtime::record::{Record, TopicPartition};
use saga_runtime::relay::{Command, RelayHandle};
use saga_runtime::store::{MemoryStore, PinnedTopic, Session as _, ShardId, SqliteStore, Store};
use saga_runtime::topology::Topology;
use saga_runtime::traces::Traces;
use saga_runtime::{Driver, KafkaView, Service, StartError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

type Product = ProductService<product_handlers::Handlers>;

const TOPIC: TopicPartition = TopicPartition { topic: Product::CONSUMES[0], partition: 0 };

/// A folder for a database. It is not there yet.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("saga-{name}-{}", std::process::id())))
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.0.join("product.db").to_string_lossy()).unwrap()
    }

    async fn create(&self) {
        std::fs::create_dir(&self.0).unwrap();
        prepare(&self.store()).await;
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn prepare<D: Store>(store: &D) {
    store.prepare(Product::SAGA, Product::NAME, &Product::tables()).await.unwrap();
    let topics = Product::CONSUMES.iter().chain(Product::PUBLISHES);
    let pinned = topics.map(|topic| PinnedTopic { topic: (*topic).to_owned(), partitions: 1, id: None });
    store.pin_topics(&pinned.collect::<Vec<_>>()).await.unwrap();
}

/// An instance, and the part of its consumer.
struct Instance {
    health: Arc<Health>,
    activity: Arc<Activity>,
    consumer: mpsc::UnboundedSender<FromConsumer>,
    commands: Receiver<ToConsumer>,
    driver: JoinHandle<Result<(), StartError>>,
    relay: mpsc::UnboundedReceiver<Command>,
    lost: mpsc::UnboundedSender<ShardId>,
    _stop: watch::Sender<bool>,
}

impl Instance {
    fn start<D: Store>(store: D) -> Self {
        let topology = Arc::new(Topology::new(Product::NAME, &[TOPIC.topic], &[]));
        let (to_relay, relay) = mpsc::unbounded_channel();
        let (lost, losses) = mpsc::unbounded_channel();
        let handle = RelayHandle::new(to_relay, lost.clone(), Arc::default());
        let metrics = Arc::new(Metrics::new(Product::SAGA, Product::NAME));
        let service = Arc::new(ProductService::new(product_handlers::Handlers));
        let lane = Lane::new(
            service,
            store,
            topology.clone(),
            handle.clone(),
            metrics.clone(),
            Arc::new(Traces::off()),
        );
        let activity = lane.activity();
        let (consumer, events) = mpsc::unbounded_channel();
        let (orders, commands) = std::sync::mpsc::channel();
        let consumed = ConsumerHandle::played(events, orders);
        let kafka = KafkaView { consumer: consumed, surveyor: Surveyor::blind(), topology };
        let health = Arc::new(Health::default());
        health.tables_exist();
        let driver = Driver::new(lane, kafka, handle, health.clone(), metrics, losses, 7);
        let (stop, stopped) = watch::channel(false);
        let driver = tokio::spawn(driver.run(stopped));
        Self { health, activity, consumer, commands, driver, relay, lost, _stop: stop }
    }

    /// Waits for the next command to the consumer, and says after how long it came.
    async fn command(&self) -> (ToConsumer, Duration) {
        let (began, patience) = (Instant::now(), std::time::Instant::now());
        loop {
            match self.commands.try_recv() {
                Ok(ToConsumer::Commit(_)) => {}
                Ok(command) => return (command, began.elapsed()),
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
            // The paused clock runs away while a database is waited for.
            assert!(patience.elapsed() < Duration::from_secs(60), "no command");
        }
    }

    /// Reads this message whenever the instance begins, until what its lane does is as `expected`.
    async fn reads(&self, record: &Record, expected: impl Fn(Look) -> bool) {
        let began = Instant::now();
        while !expected(self.activity.look()) {
            if let Ok(ToConsumer::Start(_)) = self.commands.try_recv() {
                self.consumer.send(FromConsumer::Records(vec![(-1, record.clone())])).unwrap();
            }
            assert!(began.elapsed() < Duration::from_secs(120), "{:?}", self.activity.look());
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Lets the instance own its partition.
    async fn own(&self) {
        self.consumer.send(FromConsumer::Assigned(vec![TOPIC])).unwrap();
        let (command, _) = self.command().await;
        let ToConsumer::Start(starts) = command else { panic!("{command:?}") };
        assert_eq!(starts.into_iter().collect::<BTreeMap<_, _>>(), BTreeMap::from([(TOPIC, None)]));
        assert!(self.health.is_ready());
    }
}

#[tokio::test(start_paused = true)]
async fn an_instance_without_its_database_leaves_its_group_until_it_answers() {
    // There is no such folder, so no database can be opened in it.
    let folder = Folder::new("absence");
    let instance = Instance::start(folder.store());
    instance.consumer.send(FromConsumer::Assigned(vec![TOPIC])).unwrap();
    let (command, after) = instance.command().await;
    assert!(matches!(command, ToConsumer::Leave), "{command:?}");
    // The paused clock jumps while a file is opened, each time by as long as a connection is waited for.
    assert!((30..120).contains(&after.as_secs()), "{after:?}");
    instance.consumer.send(FromConsumer::Revoked(vec![TOPIC])).unwrap();
    assert!(!instance.health.is_ready());

    folder.create().await;
    let (command, after) = instance.command().await;
    assert!(matches!(command, ToConsumer::Join), "{command:?}");
    assert!(after < Duration::from_secs(60), "{after:?}");

    instance.own().await;
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_leaves_publishes_no_more_for_what_it_had() {
    let folder = Folder::new("what-it-had");
    folder.create().await;
    let mut instance = Instance::start(folder.store());
    instance.own().await;
    assert!(matches!(instance.relay.recv().await, Some(Command::Adopt { .. })));
    // Another process writes, and never ends.
    let mut other = folder.store().session().await.unwrap();
    other.begin(&[]).await.unwrap();
    instance.lost.send(ShardId(1)).unwrap();
    let (command, _) = instance.command().await;
    assert!(matches!(command, ToConsumer::Leave), "{command:?}");
    let dropped = tokio::time::timeout(Duration::from_secs(5), async {
        while !matches!(instance.relay.recv().await, Some(Command::Drop(_))) {}
    });
    dropped.await.expect("its shard is for others");
    assert!(!instance.health.is_ready(), "a balancer sends it nothing");
}

#[tokio::test(start_paused = true)]
async fn messages_that_wait_in_vain_are_seen_with_the_reason() {
    let store = MemoryStore::new();
    prepare(&store).await;
    let instance = Instance::start(store.clone());
    instance.own().await;
    assert_eq!(instance.activity.look().stands, None, "none waits");
    store.hold_commits(true);
    let order = br#"{"orderId":7,"userId":1,"productId":1,"quantity":1,"price":1,"address":"Seoul"}"#;
    let record = Record::new(TOPIC, 0, Some(b"7"), Some(order), std::iter::empty());
    instance.consumer.send(FromConsumer::Records(vec![(-1, record.clone())])).unwrap();
    let seen = |look: Look| {
        look.stands.is_some() && look.failure.is_some_and(|it| it.contains("a row of the protocol"))
    };
    instance.reads(&record, seen).await;
    store.hold_commits(false);
    instance.reads(&record, |look| look.stands.is_none() && look.failure.is_none()).await;
}

#[tokio::test]
async fn a_consumer_that_is_gone_is_the_end_of_its_lane() {
    let folder = Folder::new("consumer-gone");
    let mut instance = Instance::start(folder.store());
    instance.consumer = mpsc::unbounded_channel().0;
    let error = (&mut instance.driver).await.unwrap().expect_err("nothing can be read any more");
    assert!(error.to_string().contains("the consumer thread"), "{error}");
}
