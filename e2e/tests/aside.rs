//! What becomes of messages on which a handler fails.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contracts::events::{IncreaseProductCommand, OrderCreated};
use contracts::product::{Handlers, Product};
use e2e::scenarios::{ended, order, start_delivery, start_order, stock};
use e2e::{Instance, Message, Pair, Stage, wait_for};
use product::ProductService;
use runtime::Rejection;
use serde_json::json;

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
    wait_for("three orders to be set aside", BOUND, || (parked(&stage) == 3).then_some(()));
    assert_eq!(orders.get("/orders/1").body["status"], "PENDING");
    // What is set aside outlives the service.
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
    wait_for("the order to be set aside", BOUND, || (parked(&stage) == 1).then_some(()));
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
    wait_for("the command to be set aside", BOUND, || (parked(&stage) == 1).then_some(()));
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
