//! What happens to messages whose handler fails.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use e2e::scenarios::{ended, external_order, order, start_delivery, start_order, stock};
use e2e::{Instance, Message, Pair, Stage, wait_for};
use order_contracts::events::{IncreaseProductCommand, OrderCreated};
use order_contracts::product::{Handlers, Product};
use product::ProductService;
use saga_runtime::Rejection;
use saga_runtime::record::{Record, TopicPartition};
use serde_json::{Value, json};

const BOUND: Duration = Duration::from_secs(20);

/// The decisions of `product`, which panic for product 2 and on every compensation while they are broken.
struct Fragile {
    broken: Arc<AtomicBool>,
}

impl Handlers for Fragile {
    fn decrease_product(&self, product: &mut Product, order: &OrderCreated) -> Result<(), Rejection> {
        assert!(product.id != 2 || !self.broken.load(Ordering::Relaxed), "the handler is broken");
        product_handlers::Handlers.decrease_product(product, order)
    }

    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand) {
        assert!(!self.broken.load(Ordering::Relaxed), "the handler is broken");
        product_handlers::Handlers.increase_product(product, command);
    }
}

fn start_fragile(stage: &Stage) -> (Instance, Arc<AtomicBool>) {
    let broken = Arc::new(AtomicBool::new(true));
    let product = Instance::start(stage, ProductService::new(Fragile { broken: broken.clone() }));
    (product, broken)
}

fn parked(stage: &Stage) -> i64 {
    stage.query("product", "SELECT count(*) FROM saga_parked")
}

#[test]
fn a_handler_that_fails_holds_up_its_own_order_only() {
    let stage = Stage::new(Pair::Embedded);
    let orders = start_order(&stage);
    let _delivery = start_delivery(&stage);
    let (product, _broken) = start_fragile(&stage);
    for _ in 0..3 {
        orders.post("/orders", &[], &order(2, 1));
        orders.post("/orders", &[], &order(1, 1));
    }
    for id in [2, 4, 6] {
        assert_eq!(ended(&orders, id)["status"], "COMPLETED");
    }
    wait_for("three orders to be parked", BOUND, || (parked(&stage) == 3).then_some(()));
    assert_eq!(orders.get("/orders/1").body["status"], "PENDING");
    // Parked messages outlive the service.
    product.stop();
    let (product, broken) = start_fragile(&stage);
    assert_eq!(parked(&stage), 3);
    broken.store(false, Ordering::Relaxed);
    for id in [1, 3, 5] {
        assert_eq!(ended(&orders, id)["status"], "COMPLETED");
    }
    assert_eq!((parked(&stage), stock(&product, 2)), (0, 0));
}

#[test]
fn a_step_that_fails_too_often_publishes_its_failure() {
    let stage = Stage::new(Pair::Embedded);
    let orders = start_order(&stage);
    let _delivery = start_delivery(&stage);
    let (product, _broken) = start_fragile(&stage);
    orders.post("/orders", &[], &order(2, 1));
    wait_for("the order to be parked", BOUND, || (parked(&stage) == 1).then_some(()));
    stage.execute("product", "UPDATE saga_parked SET attempts = 9");
    assert_eq!(ended(&orders, 1)["status"], "CANCELLED");
    assert_eq!((parked(&stage), stock(&product, 2)), (0, 3));
    assert_eq!(stage.query("product", "SELECT count(*) FROM saga_dead"), 0);
}

#[test]
fn a_compensation_is_never_given_up() {
    let stage = Stage::new(Pair::Embedded);
    let (product, broken) = start_fragile(&stage);
    let command = json!({ "orderId": 7, "productId": 1, "quantity": 1 });
    stage
        .topics()
        .publish("increase-product-command", &Message { key: Some("7".into()), ..Message::plain(&command) });
    wait_for("the command to be parked", BOUND, || (parked(&stage) == 1).then_some(()));
    stage.execute("product", "UPDATE saga_parked SET attempts = 9");
    let attempts = || stage.query("product", "SELECT coalesce(max(attempts), 0) FROM saga_parked");
    wait_for("another try", BOUND, || (attempts() > 9).then_some(()));
    assert_eq!(stage.query("product", "SELECT count(*) FROM saga_dead"), 0);
    // Its next try would come in half a minute; a restart does not wait longer, nor lose it.
    broken.store(false, Ordering::Relaxed);
    stage.execute("product", "UPDATE saga_parked SET next_at = 0");
    stage.execute("product", "UPDATE saga_shard SET owner = NULL");
    wait_for("the compensation", BOUND, || (stock(&product, 1) == 11).then_some(()));
    assert_eq!(parked(&stage), 0);
}

/// With ten thousand parked keys a partition stops, alone: its messages do not fill the lane.
#[test]
fn a_partition_with_too_many_parked_keys_stops_alone() {
    const HERE: i32 = 0;
    const ELSEWHERE: i32 = 1;
    const STOPPED: &str = "/readyz";
    let stage = Stage::new(Pair::Embedded);
    start_fragile(&stage).0.stop();
    // All but one of them, to be tried in an hour.
    let origin = TopicPartition { topic: "order-created", partition: HERE };
    let waiting = external_order(500, 1);
    let record = Record::new(origin, 0, Some(b"500"), Some(waiting.value.as_bytes()), std::iter::empty());
    let blob: String = record.stored().iter().map(|byte| format!("{byte:02x}")).collect();
    stage.execute(
        "product",
        &format!(
            "INSERT INTO saga_parked (topic, partition, \"offset\", key, position, reason, error, attempts, next_at,
               parked_at, record)
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 9999)
             SELECT 'order-created', {HERE}, 1000000 + n, CAST('k' || n AS BLOB), 1, 'panic', '', 1,
               CAST(strftime('%s') AS INTEGER) * 1000 + 3600000, 0, x'{blob}' FROM n"
        ),
    );
    let (product, broken) = start_fragile(&stage);
    assert_eq!(product.get(STOPPED).body["stopped"], json!({}));
    let to = |partition, order: &Value| Message { partition, key: Some("7".into()), ..Message::plain(order) };
    let mut failing = order(2, 1);
    failing["orderId"] = json!(7);
    stage.topics().publish("order-created", &to(HERE, &failing));
    let advice = wait_for("the partition to stop", BOUND, || {
        product.get(STOPPED).body["stopped"][format!("order-created[{HERE}]")].as_str().map(str::to_owned)
    });
    assert!(advice.contains("10000 keys") && advice.contains("product ops parked"), "{advice}");

    // More than the lane takes, and less than the mock cluster keeps of a partition.
    let large = (0..5).map(|at| {
        let mut order = order(3, 1);
        (order["orderId"], order["address"]) = (json!(100 + at), json!("x".repeat(930_000)));
        to(HERE, &order)
    });
    stage.topics().publish_all("order-created", large);
    let mut other = order(1, 1);
    other["orderId"] = json!(8);
    stage.topics().publish("order-created", &to(ELSEWHERE, &other));
    wait_for("an order of another partition", BOUND, || (stock(&product, 1) == 9).then_some(()));
    assert_eq!((parked(&stage), stock(&product, 3)), (10_000, 10));

    broken.store(false, Ordering::Relaxed);
    stage.execute("product", "UPDATE saga_parked SET next_at = 0");
    stage.execute("product", "UPDATE saga_shard SET owner = NULL");
    wait_for("what waited in Kafka", Duration::from_secs(60), || (stock(&product, 3) == 5).then_some(()));
    assert_eq!(product.get(STOPPED).body["stopped"], json!({}));
    wait_for("parked messages", Duration::from_secs(60), || (parked(&stage) == 0).then_some(()));
    assert_eq!(stock(&product, 2), 2);
}
