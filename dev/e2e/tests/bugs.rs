//! The bugs that hand-written versions of this saga are known for: one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

use std::time::Duration;

use e2e::scenarios::{
    self, Saga, ended, external_order, order, start_delivery, start_order, start_product, stock,
};
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
    stage.topics().publish("order-created", &external_order(7, 1));
    let answers = stage.topics().wait("delivery-created", 1, |_| true);
    assert_eq!(answers[0].json(), json!({ "orderId": 7, "deliveryId": 1, "success": true }));
}

/// A failed decrease is never published.
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
            assert_eq!(message.partition, saga_runtime::wire::partition_of(b"1", 3), "{topic}");
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

/// An external message, which has no number, is delivered again.
#[test]
fn headerless_twice() {
    let stage = Stage::new(Pair::Embedded);
    let product = start_product(&stage);
    stage.topics().publish("order-created", &external_order(7, 2));
    stage.topics().publish("order-created", &external_order(7, 2));
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
    let poison = Message {
        partition,
        key: Some("7".into()),
        value: "{not json".into(),
        headers: vec![("who".into(), "an external producer".into())],
    };
    stage.topics().publish("order-created", &poison);
    // What is behind it goes on, even with the same key.
    stage.topics().publish("order-created", &Message { partition, ..external_order(7, 1) });
    stage.topics().wait("product-decreased", 1, |message| message.json()["orderId"] == 7);
    assert_eq!(stock(&product, 1), 9);
    // It is kept as it came, and told.
    let copy = stage.topics().wait("order-created.product.dlt", 1, |_| true).remove(0);
    assert_eq!((copy.key.as_deref(), copy.value.as_str()), (Some("7"), "{not json"));
    let told = ["who", "saga-dead-topic", "saga-dead-partition", "saga-dead-offset", "saga-dead-reason"]
        .map(|header| copy.header(header).unwrap_or_default());
    assert_eq!(told, ["an external producer", "order-created", "1", "0", "undecodable"]);
    assert!(copy.header("saga-dead-error").is_some_and(|error| error.contains("OrderCreated")), "{copy:?}");
    let dead = stage.query("product", "SELECT count(*) FROM saga_dead WHERE state = 'dead'");
    assert_eq!(dead, 1);
}

/// A compensation that cannot be carried out is only logged.
#[test]
fn failed_compensation() {
    let stage = Stage::new(Pair::Embedded);
    let product = start_product(&stage);
    let partition = 1;
    let command = |order: i64, product: i64| {
        let body = json!({ "orderId": order, "productId": product, "quantity": 1 });
        Message { partition, key: Some(order.to_string()), ..Message::plain(&body) }
    };
    let topic = "increase-product-command";
    stage.topics().publish(topic, &command(7, 99));
    stage.topics().publish(topic, &command(7, 99));
    stage.topics().publish(topic, &command(8, 1));
    // Other orders do not wait for it; what has its key does.
    wait_for("what comes after it", BOUND, || (stock(&product, 1) == 11).then_some(()));
    assert_eq!(stage.query("product", "SELECT count(*) FROM saga_parked"), 2);
    // Once it can be carried out, it is.
    stage.execute("product", "INSERT INTO product_tb (id, name, quantity, price) VALUES (99, 'late', 0, 1)");
    wait_for("the compensation", BOUND, || (stock(&product, 99) == 1).then_some(()));
    wait_for("no message to be parked", BOUND, || {
        (stage.query("product", "SELECT count(*) FROM saga_parked") == 0).then_some(())
    });
    // The second came without a number, so it has no second effect.
    assert_eq!(stock(&product, 99), 1);
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
