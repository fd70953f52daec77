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
use saga_runtime::lane::Lane;
use saga_runtime::metrics::Metrics;
use saga_runtime::record::TopicPartition;
use saga_runtime::relay::{Command, RelayHandle};
use saga_runtime::store::{SqliteStore, Store as _};
use saga_runtime::topology::Topology;
use saga_runtime::traces::Traces;
use saga_runtime::{Driver, KafkaView, Service, StartError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

type Product = ProductService<product_handlers::Handlers>;

const TOPIC: TopicPartition = TopicPartition { topic: Product::CONSUMES[0], partition: 0 };

/// An instance whose database is in `folder`, and the part of its consumer.
struct Instance {
    folder: PathBuf,
    store: SqliteStore,
    health: Arc<Health>,
    consumer: mpsc::UnboundedSender<FromConsumer>,
    commands: Receiver<ToConsumer>,
    driver: JoinHandle<Result<(), StartError>>,
    _relay: mpsc::UnboundedReceiver<Command>,
    _stop: watch::Sender<bool>,
}

impl Instance {
    fn start(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("saga-{name}-{}", std::process::id()));
        let store = SqliteStore::open(&folder.join("product.db").to_string_lossy()).unwrap();
        let topology = Arc::new(Topology::new(Product::NAME, &[TOPIC.topic], &[]));
        let (to_relay, relay) = mpsc::unbounded_channel();
        let (lost, losses) = mpsc::unbounded_channel();
        let handle = RelayHandle::new(to_relay, lost, Arc::default());
        let metrics = Arc::new(Metrics::new(Product::SAGA, Product::NAME));
        let service = Arc::new(ProductService::new(product_handlers::Handlers));
        let lane = Lane::new(
            service,
            store.clone(),
            topology.clone(),
            handle.clone(),
            metrics.clone(),
            Arc::new(Traces::off()),
        );
        let (consumer, events) = mpsc::unbounded_channel();
        let (orders, commands) = std::sync::mpsc::channel();
        let consumed = ConsumerHandle::played(events, orders);
        let kafka = KafkaView { consumer: consumed, surveyor: Surveyor::blind(), topology };
        let health = Arc::new(Health::default());
        health.tables_exist();
        let driver = Driver::new(lane, kafka, handle, health.clone(), metrics, losses, 7);
        let (stop, stopped) = watch::channel(false);
        let driver = tokio::spawn(driver.run(stopped));
        Self { folder, store, health, consumer, commands, driver, _relay: relay, _stop: stop }
    }

    /// Waits for the next command to the consumer, and says after how long it came.
    async fn command(&self) -> (ToConsumer, Duration) {
        let began = Instant::now();
        loop {
            if let Ok(command) = self.commands.try_recv() {
                return (command, began.elapsed());
            }
            assert!(began.elapsed() < Duration::from_secs(300), "no command");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test(start_paused = true)]
async fn an_instance_without_its_database_leaves_its_group_until_it_answers() {
    // There is no such folder, so no database can be opened in it.
    let instance = Instance::start("absence");
    instance.consumer.send(FromConsumer::Assigned(vec![TOPIC])).unwrap();
    let (command, after) = instance.command().await;
    assert!(matches!(command, ToConsumer::Leave), "{command:?}");
    // The paused clock jumps while a file is opened, each time by as long as a connection is waited for.
    assert!((30..120).contains(&after.as_secs()), "{after:?}");
    instance.consumer.send(FromConsumer::Revoked(vec![TOPIC])).unwrap();
    assert!(!instance.health.is_ready());

    std::fs::create_dir(&instance.folder).unwrap();
    instance.store.prepare(Product::SAGA, Product::NAME, &Product::tables()).await.unwrap();
    let (command, after) = instance.command().await;
    assert!(matches!(command, ToConsumer::Join), "{command:?}");
    assert!(after < Duration::from_secs(60), "{after:?}");

    instance.consumer.send(FromConsumer::Assigned(vec![TOPIC])).unwrap();
    let (command, _) = instance.command().await;
    let ToConsumer::Start(starts) = command else { panic!("{command:?}") };
    assert_eq!(starts.into_iter().collect::<BTreeMap<_, _>>(), BTreeMap::from([(TOPIC, None)]));
    assert!(instance.health.is_ready());
}

#[tokio::test]
async fn a_consumer_that_is_gone_is_the_end_of_its_lane() {
    let mut instance = Instance::start("consumer-gone");
    instance.consumer = mpsc::unbounded_channel().0;
    let error = (&mut instance.driver).await.unwrap().expect_err("nothing can be read any more");
    assert!(error.to_string().contains("the consumer thread"), "{error}");
}
