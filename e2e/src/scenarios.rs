//! What the saga must do, on whatever pair it runs.

use std::time::Duration;

use delivery::DeliveryService;
use order::OrderService;
use product::ProductService;
use serde_json::{Value, json};

use crate::{Instance, Pair, Stage, wait_for};

/// How long an order may take in a test.
const BOUND: Duration = Duration::from_secs(20);

/// All three services on one stage.
pub struct Saga {
    /// The order service.
    pub order: Instance,
    /// The product service.
    pub product: Instance,
    /// The delivery service.
    pub delivery: Instance,
    /// What they run on; dropped last.
    pub stage: Stage,
}

impl Saga {
    /// The saga on an empty stage.
    pub fn start(pair: Pair) -> Self {
        let stage = Stage::new(pair);
        let (order, product, delivery) = (start_order(&stage), start_product(&stage), start_delivery(&stage));
        Self { order, product, delivery, stage }
    }

    /// Posts an order and waits for its end.
    pub fn end_of(&self, order: &Value) -> Value {
        let posted = self.order.post("/orders", &[], order);
        assert_eq!(posted.status, 201, "{posted:?}");
        assert_eq!(posted.body["status"], "PENDING");
        ended(&self.order, posted.body["id"].as_i64().unwrap())
    }

    /// The stock of a product.
    pub fn stock(&self, product: i64) -> i64 {
        stock(&self.product, product)
    }
}

/// Starts the order service.
pub fn start_order(stage: &Stage) -> Instance {
    Instance::start(stage, OrderService::new(order_handlers::Handlers))
}

/// Starts the product service.
pub fn start_product(stage: &Stage) -> Instance {
    Instance::start(stage, ProductService::new(product_handlers::Handlers))
}

/// Starts the delivery service.
pub fn start_delivery(stage: &Stage) -> Instance {
    Instance::start(stage, DeliveryService::new(delivery_handlers::Handlers))
}

/// An order of `quantity` pieces of `product`.
pub fn order(product: i64, quantity: i64) -> Value {
    json!({ "userId": 1, "productId": product, "quantity": quantity, "price": 10_000, "address": "서울시 강남구" })
}

/// Waits until order `id` has ended.
pub fn ended(service: &Instance, id: i64) -> Value {
    wait_for(&format!("the end of order {id}"), BOUND, || {
        let found = service.get(&format!("/orders/{id}"));
        (found.status == 200 && found.body["status"] != "PENDING").then_some(found.body)
    })
}

/// The stock of a product.
pub fn stock(service: &Instance, product: i64) -> i64 {
    service.get(&format!("/products/{product}")).body["quantity"].as_i64().unwrap()
}

/// Stock, address and delivery are there: the order is completed.
pub fn completed(pair: Pair) {
    let saga = Saga::start(pair);
    let posted = saga.order.post("/orders", &[], &order(1, 1));
    assert_eq!(posted.status, 201);
    assert_eq!(posted.location.as_deref(), Some("/orders/1"));
    let pending = json!({ "id": 1, "userId": 1, "productId": 1, "quantity": 1, "price": 10_000, "status": "PENDING" });
    assert_eq!(posted.body, pending);
    assert_eq!(ended(&saga.order, 1)["status"], "COMPLETED");
    let delivery = saga.delivery.get("/deliveries/1");
    assert_eq!(delivery.body, json!({ "id": 1, "orderId": 1, "address": "서울시 강남구" }));
    assert_eq!(saga.stock(1), 9);
}
