//! The bugs that hand-written versions of this saga are known for: one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

use std::time::Duration;

use e2e::scenarios::{self, Saga, ended, order, start_delivery, start_order, start_product, stock, stranger};
use e2e::{Instance, Message, Pair, Stage, wait_for};
use serde_json::json;

const BOUND: Duration = Duration::from_secs(20);
/// Long enough for a message that should change nothing to have been handled.
const SETTLE: Duration = Duration::from_millis(700);

fn settle() {
    std::thread::sleep(SETTLE);
}

/// The address is kept in memory, and lost when the service dies.
#[test]
fn address_in_memory() {
    an_order_survives_an_end_of_delivery(Instance::kill);
}

/// The same, for a service that is stopped and started between two messages.
#[test]
fn restart_between_messages() {
    an_order_survives_an_end_of_delivery(Instance::stop);
}

fn an_order_survives_an_end_of_delivery(end: fn(Instance)) {
    let stage = Stage::new(Pair::Embedded);
    let order_service = start_order(&stage);
    let delivery = start_delivery(&stage);
    let posted = order_service.post("/orders", &[], &order(1, 1));
    assert_eq!(posted.status, 201);
    settle();
    end(delivery);
    let delivery = start_delivery(&stage);
    let _product = start_product(&stage);
    assert_eq!(ended(&order_service, 1)["status"], "COMPLETED");
    assert_eq!(delivery.get("/deliveries/1").body["address"], order(1, 1)["address"]);
}

/// ProductDecreased comes before the OrderCreated it belongs to.
#[test]
fn overtaking() {
    let stage = Stage::new(Pair::Embedded);
    let _delivery = start_delivery(&stage);
    let decreased = json!({ "orderId": 7, "productId": 1, "quantity": 1, "success": true });
    stage
        .topics()
        .publish("product-decreased", &Message { key: Some("7".into()), ..Message::plain(&decreased) });
    settle();
    stage.topics().publish("order-created", &stranger(7, 1));
    let answers = stage.topics().wait("delivery-created", 1, |_| true);
    assert_eq!(answers[0].json(), json!({ "orderId": 7, "deliveryId": 1, "success": true }));
}

/// A failed decrease is told to nobody.
#[test]
fn silent_failed_decrease() {
    scenarios::too_many(Pair::Embedded);
}

/// Messages go out although their transaction does not commit.
#[test]
fn uncommitted_send() {
    let saga = Saga::start(Pair::Embedded);
    // The database refuses the last statement before the commit.
    saga.stage.execute(
        "product",
        "CREATE TRIGGER refuse BEFORE UPDATE ON saga_shard BEGIN SELECT RAISE(ABORT, 'refused'); END",
    );
    let posted = saga.order.post("/orders", &[], &order(1, 1));
    assert_eq!(posted.status, 201);
    settle();
    assert_eq!(saga.stage.topics().read("product-decreased"), []);
    assert_eq!(saga.stock(1), 10);
    saga.stage.execute("product", "DROP TRIGGER refuse");
    assert_eq!(ended(&saga.order, 1)["status"], "COMPLETED");
    assert_eq!(saga.stage.topics().read("product-decreased").len(), 1);
}

/// Messages have no key, so those of one order are in no order.
#[test]
fn missing_key() {
    let saga = Saga::start(Pair::Embedded);
    let mut blank = order(1, 1);
    blank["address"] = json!("");
    saga.end_of(&blank);
    for topic in ["order-created", "product-decreased", "delivery-created", "increase-product-command"] {
        let messages = saga.stage.topics().wait(topic, 1, |_| true);
        for message in messages {
            assert_eq!(message.key.as_deref(), Some("1"), "{topic}");
            assert_eq!(message.header("ce_subject"), Some("1"), "{topic}");
            assert_eq!(message.partition, runtime::wire::partition_of(b"1", 3), "{topic}");
        }
    }
}

/// A message that is delivered again has its effect again.
#[test]
fn redelivery() {
    let saga = Saga::start(Pair::Embedded);
    saga.end_of(&order(1, 2));
    let message = saga.stage.topics().read("order-created").remove(0);
    for _ in 0..3 {
        saga.stage.topics().publish("order-created", &message);
    }
    saga.end_of(&order(2, 1));
    settle();
    assert_eq!(saga.stock(1), 8);
    assert_eq!(saga.stage.topics().read("product-decreased").len(), 2);
}

/// A stranger's message, which has no number, is delivered again.
#[test]
fn headerless_twice() {
    let stage = Stage::new(Pair::Embedded);
    let product = start_product(&stage);
    stage.topics().publish("order-created", &stranger(7, 2));
    stage.topics().publish("order-created", &stranger(7, 2));
    stage.topics().wait("product-decreased", 1, |_| true);
    settle();
    assert_eq!(stock(&product, 1), 8);
    assert_eq!(stage.topics().read("product-decreased").len(), 1);
}

/// A rejection is tried again and again, blocks its partition, and fails many times.
#[test]
fn rejection_retry() {
    let saga = Saga::start(Pair::Embedded);
    assert_eq!(saga.end_of(&order(1, 11))["status"], "CANCELLED");
    settle();
    assert_eq!(saga.stage.topics().read("product-decreased").len(), 1);
}

/// A service that first starts after the first messages never sees them.
#[test]
fn late_start() {
    let stage = Stage::new(Pair::Embedded);
    let order_service = start_order(&stage);
    order_service.post("/orders", &[], &order(1, 1));
    stage.topics().wait("order-created", 1, |_| true);
    let _product = start_product(&stage);
    let _delivery = start_delivery(&stage);
    assert_eq!(ended(&order_service, 1)["status"], "COMPLETED");
}

/// An undecodable message is passed over in silence.
#[test]
fn undecodable() {
    let stage = Stage::new(Pair::Embedded);
    let product = start_product(&stage);
    let partition = 1;
    let poison = Message { partition, value: "{not json".into(), ..Message::plain(&json!(null)) };
    stage.topics().publish("order-created", &poison);
    let stopped = wait_for("the partition to stop", BOUND, || {
        let report = product.get("/readyz").body;
        report["stopped"]["order-created[1]"].as_str().map(str::to_owned)
    });
    assert!(stopped.contains("OrderCreated"), "{stopped}");
    // What is behind it is not touched; the other partitions go on.
    stage.topics().publish("order-created", &Message { partition, ..stranger(7, 1) });
    stage.topics().publish("order-created", &Message { partition: 2, ..stranger(8, 1) });
    stage.topics().wait("product-decreased", 1, |message| message.json()["orderId"] == 8);
    settle();
    assert_eq!(stock(&product, 1), 9);
    // Nor is it lost: it is the first thing the service meets when it starts again.
    product.stop();
    let product = start_product(&stage);
    wait_for("the partition to stop again", BOUND, || {
        product.get("/readyz").body["stopped"]["order-created[1]"].as_str().map(str::to_owned)
    });
}

/// A compensation that cannot be carried out is only logged.
#[test]
fn failed_compensation() {
    let stage = Stage::new(Pair::Embedded);
    let product = start_product(&stage);
    let partition = 1;
    let command = json!({ "orderId": 7, "productId": 99, "quantity": 1 });
    let command = Message { partition, key: Some("7".into()), ..Message::plain(&command) };
    stage.topics().publish("increase-product-command", &command);
    let behind = json!({ "orderId": 8, "productId": 1, "quantity": 1 });
    let behind = Message { partition, key: Some("8".into()), ..Message::plain(&behind) };
    stage.topics().publish("increase-product-command", &behind);
    settle();
    assert_eq!(stock(&product, 1), 10, "what comes after it has to wait");
    // Once it can be carried out, it is, and so is what waited.
    stage.execute("product", "INSERT INTO product_tb (id, name, quantity, price) VALUES (99, 'late', 0, 1)");
    wait_for("the compensation", BOUND, || (stock(&product, 99) == 1).then_some(()));
    wait_for("what waited behind it", BOUND, || (stock(&product, 1) == 11).then_some(()));
}

/// The same `Idempotency-Key` makes two orders.
#[test]
fn idempotency_key() {
    let stage = Stage::new(Pair::Embedded);
    let service = start_order(&stage);
    let key = [("idempotency-key", "abc")];
    let first = service.post("/orders", &key, &order(1, 1));
    let again = service.post("/orders", &key, &order(1, 1));
    assert_eq!((first.status, &again), (201, &first));
    assert_eq!(service.post("/orders", &key, &order(1, 2)).status, 422);
    assert_eq!(service.get("/orders/2").status, 404);
    let refused = service.post("/orders", &[("idempotency-key", "x")], &order(1, 0));
    assert_eq!(refused.status, 400);
    assert_eq!(service.post("/orders", &[("idempotency-key", "x")], &order(1, 0)), refused);
}
