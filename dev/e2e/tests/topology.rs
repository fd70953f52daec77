//! What happens when topics, logs or the database change under running services, on a real Kafka and a
//! real PostgreSQL, and how an operator lets them go on.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::thread::sleep;
use std::time::Duration;

use delivery::DeliveryService;
use e2e::scenarios::{Saga, ended, external_order, order, start_product};
use e2e::{Instance, Message, Operated, Pair, Stage, wait_for};
use order::OrderService;
use product::ProductService;
use serde_json::Value;

#[path = "topology/outgoing.rs"]
mod outgoing;

/// How long it may take until a change is noticed, or that it was accepted.
const SOON: Duration = Duration::from_secs(40);
const REPARTITION: &str = "repartition order-created --yes";
/// The owner of each shard takes it over again and reads everything again.
const DISOWN: &str = "UPDATE saga_shard SET owner = gen_random_uuid()";

fn stopped(service: &Instance) -> Value {
    service.get("/readyz").body["stopped"].clone()
}

/// Waits until `place` stops in `service`, and returns the alarm.
fn alarm(service: &Instance, place: &str) -> String {
    wait_for(&format!("{place} to stop"), SOON, || stopped(service).get(place)?.as_str().map(str::to_owned))
}

/// Waits until nothing is stopped.
fn all_go_on(services: &[&Instance]) {
    for service in services {
        wait_for("everything to go on", SOON, || (stopped(service) == serde_json::json!({})).then_some(()));
    }
}

fn succeed(done: &Operated) {
    assert_eq!(done.code, 0, "{done:?}");
}

/// An operator's command of `product`.
fn operate_product(stage: &Stage, line: &str) {
    succeed(&stage.operate(&ProductService::new(product_handlers::Handlers), line));
}

/// An operator's command of every service.
fn operate_all(stage: &Stage, line: &str) {
    succeed(&stage.operate(&OrderService::new(order_handlers::Handlers), line));
    operate_product(stage, line);
    succeed(&stage.operate(&DeliveryService::new(delivery_handlers::Handlers), line));
}

/// An external order, to one partition.
fn order_to(partition: i32, id: i64) -> Message {
    Message { partition, ..external_order(id, 1) }
}

#[test]
fn a_recreated_topic_stops_until_it_is_accepted() {
    let saga = Saga::start(Pair::Real);
    let services = [&saga.order, &saga.product, &saga.delivery];
    assert_eq!(saga.end_of(&order(1, 1))["status"], "COMPLETED");

    saga.stage.topics().recreate(&["order-created"], 3);
    for service in services {
        let advice = alarm(service, "order-created");
        assert!(advice.contains("deleted and recreated"), "{advice}");
        assert!(advice.contains("ops offsets order-created --accept-new-topic"), "{advice}");
    }
    for service in [&saga.product, &saga.delivery] {
        for partition in 0..3 {
            alarm(service, &format!("order-created[{partition}]"));
        }
    }
    // No service sends to it, and none reads what others send.
    let posted = saga.order.post("/orders", &[], &order(1, 1));
    assert_eq!(posted.status, 201);
    saga.stage.topics().publish("order-created", &external_order(501, 1));
    sleep(Duration::from_secs(2));
    assert_eq!(saga.stage.topics().read("order-created").len(), 1, "only the external one");
    assert_eq!(saga.stock(1), 9);
    // Nothing else stops.
    assert_eq!(stopped(&saga.order).as_object().unwrap().len(), 1);
    saga.stage.topics().publish("increase-product-command", &put_back(502));
    wait_for("what is put back", SOON, || (saga.stock(1) == 10).then_some(()));

    operate_all(&saga.stage, "offsets order-created --accept-new-topic --yes");
    assert_eq!(ended(&saga.order, 2)["status"], "COMPLETED");
    all_go_on(&services);
    wait_for("both orders", SOON, || (saga.stock(1) == 8).then_some(()));
    assert_eq!(saga.end_of(&order(1, 1))["status"], "COMPLETED");
}

fn put_back(id: i64) -> Message {
    let body = serde_json::json!({ "orderId": id, "productId": 1, "quantity": 1 });
    Message { key: Some(id.to_string()), ..Message::plain(&body) }
}

#[test]
fn another_number_of_partitions_stops_a_topic_until_it_is_accepted() {
    let mut saga = Saga::start(Pair::Real);
    assert_eq!(saga.end_of(&order(1, 1))["status"], "COMPLETED");
    saga.stage.topics().grow("order-created", 4);
    let advice = alarm(&saga.order, "order-created");
    assert!(advice.contains("has 4 partitions instead of 3"), "{advice}");
    assert!(advice.contains("order ops repartition order-created"), "{advice}");
    alarm(&saga.product, "order-created[0]");

    // A service that starts now says the same, and does the rest of its work.
    saga.product.stop();
    saga.product = start_product(&saga.stage);
    alarm(&saga.product, "order-created[0]");
    let posted = saga.order.post("/orders", &[], &order(1, 1));
    assert_eq!(posted.status, 201);
    sleep(Duration::from_secs(2));
    assert_eq!(saga.stage.topics().read("order-created").len(), 1, "only the first order's");

    // The second order is stored already, and not sent.
    let refused = saga.stage.operate(&OrderService::new(order_handlers::Handlers), REPARTITION);
    assert!(refused.code == 1 && refused.text.contains("1 messages not yet on Kafka"), "{refused:?}");
    operate_all(&saga.stage, &format!("{REPARTITION} --undrained"));
    assert_eq!(ended(&saga.order, 2)["status"], "COMPLETED");
    all_go_on(&[&saga.order, &saga.product, &saga.delivery]);
    // The new partition is used and read.
    for id in 3..=8 {
        assert_eq!(saga.order.post("/orders", &[], &order(3, 1)).status, 201);
        assert_eq!(ended(&saga.order, id)["status"], "COMPLETED");
    }
    let used = saga.stage.topics().read("order-created").iter().any(|message| message.partition == 3);
    assert!(used, "some of these orders belong to the new partition");
}

#[test]
fn deleted_messages_stop_their_partition_alone() {
    let stage = Stage::new(Pair::Real);
    let topics = stage.topics();
    let answered = |count| topics.wait("product-decreased", count, |_| true);
    let product = start_product(&stage);
    for partition in 0..2 {
        topics.publish("order-created", &order_to(partition, 100 + i64::from(partition)));
    }
    answered(2);
    product.stop();
    for id in 0..4 {
        topics.publish("order-created", &order_to(0, 110 + id));
    }
    topics.publish("order-created", &order_to(1, 120));
    topics.delete_before("order-created", 0, 3);

    let product = start_product(&stage);
    let advice = alarm(&product, "order-created[0]");
    assert!(advice.contains("offsets 1 to 2 were deleted"), "{advice}");
    assert!(advice.contains("product ops offsets order-created 0 --to-start"), "{advice}");
    answered(3);
    sleep(Duration::from_secs(1));
    assert_eq!(topics.read("product-decreased").len(), 3, "the other partition goes on, this one does not");
    assert_eq!(stopped(&product).as_object().unwrap().len(), 1);
    // Nor does it after another start.
    product.stop();
    let product = start_product(&stage);
    alarm(&product, "order-created[0]");

    operate_product(&stage, "offsets order-created 0 --to-start --yes");
    let ids: Vec<i64> = answered(5).iter().map(|answer| answer.json()["orderId"].as_i64().unwrap()).collect();
    assert!(ids.contains(&112) && ids.contains(&113), "{ids:?}");
    all_go_on(&[&product]);
}

/// As a service meets it that is far behind: what it is about to read goes.
#[test]
fn messages_deleted_under_a_running_service_stop_their_partition_alone() {
    let stage = Stage::new(Pair::Real);
    let topics = stage.topics();
    let product = start_product(&stage);
    topics.publish("order-created", &order_to(0, 100));
    topics.wait("product-decreased", 1, |_| true);
    // No consumer reads beyond an open transaction, so these wait in the log.
    let open = topics.publish_in_transaction("order-created", (1..4).map(|at| order_to(0, 100 + at)));
    topics.publish("order-created", &order_to(1, 120));
    topics.wait("product-decreased", 2, |_| true);
    topics.delete_before("order-created", 0, 4);
    drop(open);

    let advice = alarm(&product, "order-created[0]");
    assert!(advice.contains("offsets 1 to 3 were deleted"), "{advice}");
    assert_eq!(stopped(&product).as_object().unwrap().len(), 1);
    topics.publish("order-created", &order_to(1, 121));
    topics.publish("order-created", &order_to(0, 105));
    topics.wait("product-decreased", 3, |_| true);
    operate_product(&stage, "offsets order-created 0 --to-start --yes");
    let answers = topics.wait("product-decreased", 4, |_| true);
    assert!(answers.iter().any(|answer| answer.json()["orderId"] == 105), "{answers:?}");
    all_go_on(&[&product]);
}

#[test]
fn a_log_that_ends_too_early_stops_its_partition_alone() {
    let stage = Stage::new(Pair::Real);
    let product = start_product(&stage);
    stage.topics().publish("order-created", &order_to(0, 100));
    stage.topics().wait("product-decreased", 1, |_| true);
    // As if Kafka had lost what was handled.
    let lose = format!(
        "BEGIN; UPDATE saga_shard SET next_offset = 5 WHERE name = 'in:order-created:0'; {DISOWN}; COMMIT"
    );
    stage.execute("product", &lose);
    let advice = alarm(&product, "order-created[0]");
    assert!(advice.contains("has lost offsets 1 to 4"), "{advice}");
    assert!(advice.contains("product ops offsets order-created 0 --to-end"), "{advice}");
    operate_product(&stage, "offsets order-created 0 --to-end --yes");
    all_go_on(&[&product]);
    stage.topics().publish("order-created", &order_to(0, 101));
    stage.topics().wait("product-decreased", 2, |_| true);
}

/// A snapshot of the disk brings the database's identity back, but not what others remember.
#[test]
fn a_restored_snapshot_is_noticed_by_what_kafka_was_told() {
    const TOLD: &str = "SELECT incarnation FROM saga_shard WHERE name = 'in:order-created:0'";
    let stage = Stage::new(Pair::Real);
    let product = start_product(&stage);
    for id in 0..3 {
        stage.topics().publish("order-created", &order_to(0, 100 + id));
    }
    stage.topics().wait("product-decreased", 3, |_| true);
    wait_for("Kafka to be told", SOON, || {
        (stage.topics().told("order.product", "order-created", 0) == 3).then_some(())
    });
    let before = stage.query("product", TOLD);
    product.stop();
    let product = start_product(&stage);
    assert_eq!(stage.query("product", TOLD), before, "a start is no restore");
    product.stop();

    stage.execute(
        "product",
        "BEGIN; UPDATE saga_shard SET next_offset = 1, last_seq = 1, cursor = 1 WHERE name = 'in:order-created:0';
         DELETE FROM saga_once WHERE correlation <> '100'; COMMIT",
    );
    let _product = start_product(&stage);
    wait_for("another incarnation", SOON, || (stage.query("product", TOLD) > before).then_some(()));
    // What was lost is decided again, and receivers take it for new.
    let answers = stage.topics().wait("product-decreased", 5, |_| true);
    let settled = stage.query("product", TOLD);
    let reborn: Vec<&str> = answers.iter().filter_map(|answer| answer.header("saga-seq")).collect();
    let reborn: Vec<&&str> =
        reborn.iter().filter(|number| number.contains(&format!("|{settled}|"))).collect();
    assert_eq!(reborn.len(), 2, "{answers:?}");
    assert!(reborn[0].ends_with("|1"), "the numbers start again: {reborn:?}");
    wait_for("Kafka to be told", SOON, || {
        (stage.topics().told("order.product", "order-created", 0) == 3).then_some(())
    });
    assert_eq!(stage.query("product", TOLD), settled);
}
