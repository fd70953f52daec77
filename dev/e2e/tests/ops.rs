//! An operator fixes what went wrong while the services run.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use e2e::scenarios::{ended, external_order, order, start_delivery, start_order, start_product, stock};
use e2e::{Instance, Message, Pair, Stage, wait_for};
use order::OrderService;
use order_contracts::events::{IncreaseProductCommand, OrderCreated};
use order_contracts::product::{Handlers, Product};
use product::ProductService;
use saga_runtime::Rejection;
use serde_json::{Value, json};

const BOUND: Duration = Duration::from_secs(20);

/// The decisions of `product`, which panic while they are broken.
#[derive(Clone, Default)]
struct Fragile {
    broken: Arc<AtomicBool>,
}

impl Fragile {
    fn check(&self) {
        assert!(!self.broken.load(Ordering::Relaxed), "the handler is broken");
    }

    fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::Relaxed);
    }
}

impl Handlers for Fragile {
    fn decrease_product(&self, product: &mut Product, order: &OrderCreated) -> Result<(), Rejection> {
        self.check();
        product_handlers::Handlers.decrease_product(product, order)
    }

    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand) {
        self.check();
        product_handlers::Handlers.increase_product(product, command);
    }
}

/// What the operator's commands of `product` run on.
fn desk() -> ProductService<product_handlers::Handlers> {
    ProductService::new(product_handlers::Handlers)
}

fn count(stage: &Stage, table: &str) -> i64 {
    stage.query("product", &format!("SELECT count(*) FROM {table}"))
}

/// Makes the owner read its tables again.
fn disown(stage: &Stage) {
    stage.execute("product", "UPDATE saga_shard SET owner = NULL");
}

/// An order that hangs, since `product` cannot handle it: the next try is far away.
fn hanging_order(stage: &Stage) -> (Instance, Instance, Instance, Fragile) {
    let fragile = Fragile::default();
    fragile.set_broken(true);
    let orders = start_order(stage);
    let product = Instance::start(stage, ProductService::new(fragile.clone()));
    let delivery = start_delivery(stage);
    assert_eq!(orders.post("/orders", &[], &order(1, 1)).status, 201);
    wait_for("the order to be parked", BOUND, || (count(stage, "saga_parked") == 1).then_some(()));
    stage.execute("product", "UPDATE saga_parked SET next_at = next_at + 3600000");
    disown(stage);
    (orders, product, delivery, fragile)
}

/// The one message that `line` lists.
fn listed(stage: &Stage, line: &str) -> Value {
    let done = stage.operate(&desk(), line);
    assert_eq!(done.code, 0, "{done:?}");
    let listed: Value = serde_json::from_str(&done.text).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    listed[0].clone()
}

#[test]
fn a_parked_message_is_listed_shown_and_tried_again() {
    let stage = Stage::new(Pair::Embedded);
    let (orders, product, _delivery, fragile) = hanging_order(&stage);
    let message = listed(&stage, "parked --json");
    assert_eq!((&message["key"], &message["reason"]), (&json!("1"), &json!("panic")));
    let list = stage.operate(&desk(), "parked --key 1 --topic order-created");
    let id = message["id"].as_str().unwrap();
    assert!(
        list.code == 0 && list.text.contains(id) && list.text.contains("the handler is broken"),
        "{list:?}"
    );
    assert_eq!(stage.operate(&desk(), "parked --key 2").code, 1);

    let shown = stage.operate(&desk(), &format!("show {id}"));
    for wanted in ["ce_type: order.OrderCreated", "\"quantity\": 1,", "parked", "the handler is broken"] {
        assert!(shown.text.contains(wanted), "{wanted}: {}", shown.text);
    }

    fragile.set_broken(false);
    let refused = stage.operate(&desk(), "retry --all");
    assert!(refused.code == 1 && refused.text.contains("--yes"), "{refused:?}");
    let refused = stage.operate_with(&desk(), "retry --all", Some(&mut "n\n".as_bytes()));
    assert!(refused.code == 1 && refused.text.contains("1 message to be retried now"), "{refused:?}");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(orders.get("/orders/1").body["status"], "PENDING");
    let done = stage.operate_with(&desk(), &format!("retry {id}"), Some(&mut "y\n".as_bytes()));
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(ended(&orders, 1)["status"], "COMPLETED");
    assert_eq!((count(&stage, "saga_parked"), stock(&product, 1)), (0, 9));
}

#[test]
fn a_dead_message_is_redriven_once_its_cause_is_mended() {
    let stage = Stage::new(Pair::Embedded);
    let (orders, product, _delivery, fragile) = hanging_order(&stage);
    stage.execute(
        "product",
        "INSERT INTO saga_dead (topic, partition, \"offset\", key, state, reason, error, attempts, died_at, changed_at,
           record) SELECT topic, partition, \"offset\", key, 'dead', reason, error, 10, 0, 0, record FROM saga_parked;
         DELETE FROM saga_parked",
    );
    disown(&stage);
    assert_eq!(listed(&stage, "dead --json")["state"], "dead");
    fragile.set_broken(false);
    let done = stage.operate(&desk(), "redrive --topic order-created --yes");
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(ended(&orders, 1)["status"], "COMPLETED");
    assert_eq!(stock(&product, 1), 9);
    assert_eq!(stage.operate(&desk(), "redrive --all --yes").code, 1);
    assert_eq!(listed(&stage, "dead --all --json")["state"], "redriven");
}

#[test]
fn what_cannot_be_read_is_dropped_for_a_reason() {
    let stage = Stage::new(Pair::Embedded);
    let product = start_product(&stage);
    let garbage =
        Message { key: Some("7".into()), value: "{garbage\u{1b}[2J".into(), ..external_order(7, 1) };
    stage.topics().publish("order-created", &garbage);
    wait_for("the dead letter", BOUND, || (count(&stage, "saga_dead") == 1).then_some(()));
    let message = listed(&stage, "dead --json");
    let id = message["id"].as_str().unwrap();
    let place =
        format!("{} {} {}", message["topic"].as_str().unwrap(), message["partition"], message["offset"]);
    let shown = stage.operate(&desk(), &format!("show {place}"));
    assert!(shown.text.contains("{garbage\\u{1b}[2J"), "{shown:?}");

    // Redriven unmended, it dies again.
    let done = stage.operate(&desk(), &format!("redrive {id} --yes"));
    assert_eq!(done.code, 0, "{done:?}");
    wait_for("its second death", BOUND, || {
        (stage.query("product", "SELECT count(*) FROM saga_dead WHERE state = 'dead'") == 1).then_some(())
    });
    let done = stage.operate(&desk(), &format!("drop {id} --reason nobody's --yes"));
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(stage.operate(&desk(), "dead").code, 1);
    let dropped = listed(&stage, "dead --all --json");
    assert_eq!((&dropped["state"], &dropped["note"]), (&json!("dropped"), &json!("nobody's")));
    // Nothing of it is held against what comes next.
    stage.topics().publish("order-created", &external_order(7, 1));
    wait_for("the stock to be taken", BOUND, || (stock(&product, 1) == 9).then_some(()));
}

#[test]
fn what_waits_for_a_lost_message_is_handled_once_the_gap_is_accepted() {
    let stage = Stage::new(Pair::Embedded);
    let product = start_product(&stage);
    let partition = saga_runtime::wire::partition_of(b"7", e2e::PARTITIONS);
    let numbered = |number: i64| Message {
        partition,
        headers: vec![("saga-seq".into(), format!("1|order/9|5|order-created|{partition}|{number}"))],
        ..external_order(7, 1)
    };
    stage.topics().publish("order-created", &numbered(1));
    stage.topics().publish("order-created", &numbered(3));
    wait_for("a held message", BOUND, || (count(&stage, "saga_held") == 1).then_some(()));
    assert_eq!(stock(&product, 1), 9);
    let held = listed(&stage, "held --json");
    assert_eq!((&held["waitsFor"], &held["first"]), (&json!(2), &json!(3)));
    let line = format!("accept-gap order-created {partition}");
    let refused = stage.operate_with(&desk(), &line, Some(&mut "\n".as_bytes()));
    assert!(refused.code == 1 && refused.text.contains("numbers 2 to 2"), "{refused:?}");
    let done = stage.operate(&desk(), &format!("{line} --yes --source order/9"));
    assert_eq!(done.code, 0, "{done:?}");
    // Nothing else comes, and it is handled all the same.
    wait_for("what waited", BOUND, || (stock(&product, 1) == 8).then_some(()));
    assert_eq!((count(&stage, "saga_held"), count(&stage, "saga_parked")), (0, 0));
    // What was given up is a repeat from now on; what follows is not.
    stage.topics().publish("order-created", &numbered(2));
    stage.topics().publish("order-created", &numbered(4));
    wait_for("what follows", BOUND, || (stock(&product, 1) == 7).then_some(()));
}

/// Ten thousand messages are kept for one that is missing, and no more. Behind an accepted gap they are
/// parked all at once, which is too many again, for a while.
#[test]
fn a_partition_in_which_too_many_wait_stops_until_the_gap_is_accepted() {
    const WAITING: i64 = 10_001;
    let stage = Stage::new(Pair::Embedded);
    let product = start_product(&stage);
    let numbered = |number: i64| Message {
        partition: 0,
        headers: vec![("saga-seq".into(), format!("1|order/9|5|order-created|0|{number}"))],
        ..external_order(number, 1)
    };
    let stopped = || product.get("/readyz").body["stopped"]["order-created[0]"].as_str().map(str::to_owned);
    stage.topics().publish_all("order-created", std::iter::once(1).chain(3..WAITING + 3).map(numbered));
    let advice = wait_for("the partition to stop", BOUND, stopped);
    assert!(advice.contains("product ops accept-gap order-created 0"), "{advice}");
    assert!(count(&stage, "saga_held") >= WAITING);
    // Whatever else comes there is not read; what comes elsewhere is.
    stage.topics().publish("order-created", &Message { partition: 0, ..external_order(1 << 20, 1) });
    stage.topics().publish("order-created", &Message { partition: 1, ..external_order(1 << 21, 1) });
    wait_for("an order of another partition", BOUND, || (stock(&product, 1) == 8).then_some(()));

    let done = stage.operate(&desk(), "accept-gap order-created 0 --yes");
    assert!(done.code == 0 && done.text.contains("10001 messages are retried now"), "{done:?}");
    let applied = || stage.query("product", "SELECT sum(applied) FROM saga_shard");
    wait_for("all of them", 4 * BOUND, || (applied() == WAITING + 3).then_some(()));
    assert_eq!((count(&stage, "saga_held"), count(&stage, "saga_parked"), stopped()), (0, 0, None));
}

#[test]
fn a_partition_whose_place_is_gone_is_read_on_from_elsewhere() {
    let stage = Stage::new(Pair::Embedded);
    let product = start_product(&stage);
    let partition = saga_runtime::wire::partition_of(b"7", e2e::PARTITIONS);
    stage.topics().publish("order-created", &external_order(7, 1));
    wait_for("the stock to be taken", BOUND, || (stock(&product, 1) == 9).then_some(()));
    let all = stage.operate(&desk(), "offsets");
    assert!(all.code == 0 && !all.text.contains("not in the log"), "{all:?}");
    let nothing = stage.operate(&desk(), "offsets order-created --to-start --yes");
    assert_eq!(nothing.code, 1, "{nothing:?}");

    // As if the topic had been recreated.
    let name = format!("in:order-created:{partition}");
    stage.execute("product", &format!("UPDATE saga_shard SET next_offset = 900 WHERE name = '{name}'"));
    disown(&stage);
    let shown = stage.operate(&desk(), &format!("offsets order-created {partition}"));
    assert!(shown.text.contains("not in the log"), "{shown:?}");
    let done = stage.operate(&desk(), "offsets order-created --to-end --yes");
    assert_eq!(done.code, 0, "{done:?}");
    let next = stage.query("product", &format!("SELECT next_offset FROM saga_shard WHERE name = '{name}'"));
    assert_eq!(next, 1);
    stage.topics().publish("order-created", &Message { partition, ..external_order(8, 1) });
    wait_for("the next message", BOUND, || (stock(&product, 1) == 8).then_some(()));
}

#[test]
fn a_partition_is_read_again_with_every_effect() {
    const INCARNATION: &str = "SELECT max(incarnation) FROM saga_shard WHERE name LIKE 'in:order-created:%'";
    let stage = Stage::new(Pair::Embedded);
    let product = start_product(&stage);
    let partition = saga_runtime::wire::partition_of(b"7", e2e::PARTITIONS);
    stage.topics().publish("order-created", &external_order(7, 1));
    wait_for("the stock to be taken", BOUND, || (stock(&product, 1) == 9).then_some(()));
    wait_for("Kafka to be told", BOUND, || {
        (stage.topics().told("order.product", "order-created", partition) == 1).then_some(())
    });
    let incarnation = stage.query("product", INCARNATION);
    let line = format!("replay --from 0 order-created {partition} --yes");
    let refused = stage.operate(&desk(), &line);
    assert!(refused.code == 1 && refused.text.contains("--effects-again"), "{refused:?}");
    let done = stage.operate(&desk(), &format!("{line} --effects-again"));
    assert!(done.code == 0 && done.text.contains("1 message from 0 to 0"), "{done:?}");
    wait_for("the effect again", BOUND, || (stock(&product, 1) == 8).then_some(()));
    assert_eq!(stage.query("product", "SELECT sum(applied) FROM saga_shard"), 1);
    assert_eq!(stage.query("product", INCARNATION), incarnation, "nothing was restored");
    let beyond =
        stage.operate(&desk(), &format!("replay --from 5 order-created {partition} --effects-again --yes"));
    assert_eq!(beyond.code, 1, "{beyond:?}");
}

#[test]
fn after_a_restore_messages_are_renumbered() {
    let stage = Stage::new(Pair::Embedded);
    let orders = start_order(&stage);
    let (_product, _delivery) = (start_product(&stage), start_delivery(&stage));
    orders.post("/orders", &[], &order(1, 1));
    ended(&orders, 1);
    let desk = OrderService::new(order_handlers::Handlers);
    let done = stage.operate(&desk, "restored --yes");
    assert!(done.code == 0 && done.text.contains("local:0: incarnation "), "{done:?}");
    let id = orders.post("/orders", &[], &order(1, 1)).body["id"].as_i64().unwrap();
    assert!(id > 1 << 20, "{id}");
    assert_eq!(ended(&orders, id)["status"], "COMPLETED");
    let messages = stage.topics().read("order-created");
    let incarnation =
        |message: &Message| message.header("ce_id").unwrap().split('/').nth(2).unwrap().to_owned();
    assert_ne!(incarnation(&messages[0]), incarnation(&messages[1]));
}

#[test]
fn another_number_of_partitions_is_accepted_once_nothing_is_under_way() {
    let stage = Stage::new(Pair::Embedded);
    start_product(&stage).stop();
    let same = stage.operate(&desk(), "repartition order-created --yes");
    assert_eq!(same.code, 1, "{same:?}");
    stage.execute("product", "UPDATE saga_topic SET partitions = 2 WHERE topic = 'order-created'");
    stage.execute(
        "product",
        "INSERT INTO saga_held VALUES ('order-created', 0, 'order/0', 1, 2, 0, x'00000000', 0)",
    );
    let refused = stage.operate(&desk(), "repartition order-created --yes");
    assert!(refused.code == 1 && refused.text.contains("1 held"), "{refused:?}");
    let done = stage.operate(&desk(), "repartition order-created --undrained --yes");
    assert!(done.code == 0 && done.text.contains("had 2 partitions and now has 3"), "{done:?}");
    stage.execute("product", "DELETE FROM saga_held");
    start_product(&stage);
    assert_eq!(stage.operate(&desk(), "repartition nothing --yes").code, 1);
}

#[test]
fn a_database_of_another_service_is_left_alone() {
    let stage = Stage::new(Pair::Embedded);
    let nothing = stage.operate(&desk(), "parked");
    assert!(nothing.code == 2 && nothing.text.contains("there is no database"), "{nothing:?}");
}
