//! What a service sends when Kafka does not take it, and two environments on one cluster.

use std::thread::sleep;
use std::time::Duration;

use e2e::scenarios::{Saga, ended, order, start_delivery, start_order, start_product};
use e2e::{Pair, Reply, Stage, wait_for};
use order::OrderService;
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(40);
/// A service reads the limits of its topics again within so long.
const LIMITS_READ: Duration = Duration::from_secs(12);

fn large() -> Value {
    json!({ "userId": 1, "productId": 1, "quantity": 1, "price": 1, "address": "a".repeat(20_000) })
}

#[test]
fn a_message_that_its_topic_does_not_take_holds_up_its_partition_and_is_named_and_skipped() {
    let saga = Saga::start(Pair::Real);
    let topics = saga.stage.topics();
    assert_eq!(saga.end_of(&order(1, 1))["status"], "COMPLETED");

    // Once in a while the service reads the new limit before the request comes, and refuses it.
    let stuck: Reply = wait_for("a request before the limit is known", SOON * 2, || {
        topics.set("order-created", "max.message.bytes", "10000");
        let reply = saga.order.post("/orders", &[], &large());
        if reply.status == 201 {
            return Some(reply);
        }
        topics.set("order-created", "max.message.bytes", "1048588");
        sleep(LIMITS_READ);
        None
    });
    let stuck = stuck.body["id"].as_i64().unwrap();

    let named = wait_for("the message to be named", SOON, || {
        let body = saga.order.get("/readyz").body;
        let stuck = body["stuck"].as_object().unwrap().iter().next()?;
        Some((stuck.0.clone(), stuck.1.as_str().unwrap().to_owned()))
    });
    let (id, advice) = named;
    assert!(advice.contains("order-created[") && advice.contains(&format!("outbox skip {id}")), "{advice}");
    assert_eq!(saga.order.metrics().get("saga_outbox_stuck_messages"), Some(1.0));

    // The orders of other partitions end; with three partitions, most of a dozen are there.
    let posted: Vec<i64> =
        (0..12).map(|_| saga.order.post("/orders", &[], &order(2, 1)).body["id"].as_i64().unwrap()).collect();
    wait_for("other partitions to go on", SOON, || {
        let ended = |id: &&i64| saga.order.get(&format!("/orders/{id}")).body["status"] != "PENDING";
        (posted.iter().filter(ended).count() >= 3).then_some(())
    });
    // Then the limit is known, and nothing as large is stored any more. To try before would store another one.
    sleep(LIMITS_READ);
    let refused = saga.order.post("/orders", &[], &large());
    assert_eq!(refused.status, 413, "{refused:?}");
    assert!(refused.body["detail"].as_str().unwrap().contains("limit of 9800 bytes"), "{refused:?}");

    let service = OrderService::new(order_handlers::Handlers);
    let listed = saga.stage.operate(&service, "outbox list --topic order-created");
    assert!(
        listed.code == 0 && listed.text.contains(&id) && listed.text.contains("order.OrderCreated"),
        "{listed:?}"
    );
    let skipped = saga.stage.operate(&service, &format!("outbox skip {id} --yes"));
    assert_eq!(skipped.code, 0, "{skipped:?}");
    for id in posted {
        ended(&saga.order, id);
    }
    wait_for("nothing to be stuck", SOON, || {
        (saga.order.get("/readyz").body["stuck"] == json!({})).then_some(())
    });
    assert_eq!(
        saga.order.get(&format!("/orders/{stuck}")).body["status"],
        "PENDING",
        "its effect never happens"
    );
    let skips = topics.wait("order-created", 1, |message| message.header("saga-skip").is_some());
    assert_eq!((skips[0].value.as_str(), skips[0].header("saga-seq").is_some()), ("", true));
}

#[test]
fn a_compacted_topic_stops_until_its_policy_is_changed() {
    let saga = Saga::start(Pair::Real);
    let topics = saga.stage.topics();
    topics.set("order-created", "cleanup.policy", "compact");
    let stopped = |service: &e2e::Instance| service.get("/readyz").body["stopped"]["order-created"].clone();
    wait_for("the topic to stop", SOON, || {
        stopped(&saga.product).as_str()?.contains("--add-config cleanup.policy=delete").then_some(())
    });
    topics.set("order-created", "cleanup.policy", "delete");
    wait_for("the topic to go on", SOON, || stopped(&saga.product).is_null().then_some(()));
    assert_eq!(saga.end_of(&order(1, 1))["status"], "COMPLETED");
}

#[test]
fn two_environments_share_a_cluster() {
    let saga = Saga::start(Pair::Real);
    let test = Stage::beside(&saga.stage, "e2e-test.");
    let [test_order, _product, _delivery] = [start_order(&test), start_product(&test), start_delivery(&test)];
    let id = test_order.post("/orders", &[], &order(1, 1)).body["id"].as_i64().unwrap();
    assert_eq!(ended(&test_order, id)["status"], "COMPLETED");
    assert!(saga.stage.topics().read("order-created").is_empty(), "nothing came to the other environment");
    let named = test.topics().read("e2e-test.order-created");
    assert!(named[0].header("saga-seq").unwrap().contains("|e2e-test.order-created|"));
    // A copy of it in the other environment has no number there, and hides none of that one's own messages.
    assert_eq!(saga.end_of(&order(1, 1))["status"], "COMPLETED");
    saga.stage.topics().publish("order-created", &named[0]);
    assert_eq!(saga.end_of(&order(1, 1))["status"], "COMPLETED");
}
