//! What the saga must do, on whatever pair it runs.

use std::time::Duration;

use delivery::DeliveryService;
use order::OrderService;
use product::ProductService;
use serde_json::{Value, json};

use crate::{Instance, Message, Pair, Stage, wait_for};

/// How long an order may take in a test.
fn bound() -> Duration {
    // With a mechanism switched off nothing is gained by waiting long.
    Duration::from_secs(if cfg!(feature = "mutations") { 8 } else { 20 })
}

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
        Self::on(Stage::new(pair))
    }

    /// The saga on a stage.
    pub fn on(stage: Stage) -> Self {
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
    wait_for(&format!("the end of order {id}"), bound(), || {
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
    let pending =
        json!({ "id": 1, "userId": 1, "productId": 1, "quantity": 1, "price": 10_000, "status": "PENDING" });
    assert_eq!(posted.body, pending);
    assert_eq!(ended(&saga.order, 1)["status"], "COMPLETED");
    let delivery = saga.delivery.get("/deliveries/1");
    assert_eq!(delivery.body, json!({ "id": 1, "orderId": 1, "address": "서울시 강남구" }));
    assert_eq!(saga.stock(1), 9);
}

/// An order of more than there is ends cancelled, and takes nothing.
pub fn too_many(pair: Pair) {
    let saga = Saga::start(pair);
    assert_eq!(saga.end_of(&order(1, 11))["status"], "CANCELLED");
    assert_eq!(saga.stock(1), 10);
}

/// An order without an address ends cancelled, and its stock is put back.
pub fn blank_address(pair: Pair) {
    let saga = Saga::start(pair);
    let mut blank = order(1, 4);
    blank["address"] = json!("  ");
    assert_eq!(saga.end_of(&blank)["status"], "CANCELLED");
    wait_for("the stock to be put back", bound(), || (saga.stock(1) == 10).then_some(()));
    assert_eq!(saga.delivery.get("/deliveries/1").status, 404);
}

/// An order of a product that does not exist ends cancelled.
pub fn no_such_product(pair: Pair) {
    let saga = Saga::start(pair);
    assert_eq!(saga.end_of(&order(99, 1))["status"], "CANCELLED");
}

/// What is wrong with a request is said, and nothing comes of it.
pub fn bad_requests(pair: Pair) {
    let saga = Saga::start(pair);
    let post = |body: &str| saga.order.try_post("/orders", &[], body).unwrap();
    let refused = post(&order(1, 0).to_string());
    assert_eq!((refused.status, &refused.body["field"]), (400, &json!("quantity")));
    for body in ["", "{", "[]", r#"{"userId":1}"#, &order(1, 3_000_000_000).to_string()] {
        assert_eq!(post(body).status, 400, "{body}");
    }
    let long = format!(r#"{{"address":"{}"}}"#, "x".repeat(300_000));
    assert_eq!(post(&long).status, 413);
    for path in ["/orders/1", "/orders/one", "/orders/99999999999", "/elsewhere"] {
        assert_eq!(saga.order.get(path).status, 404, "{path}");
    }
    for query in ["?limit=0", "?limit=1001", "?limit=x", "?after=x"] {
        assert_eq!(saga.product.get(&format!("/products{query}")).status, 400, "{query}");
    }
    let page = saga.product.get("/products?after=1&limit=1").body;
    assert_eq!(page.as_array().unwrap().len(), 1);
    assert_eq!(page[0]["id"], 2);
    assert_eq!(saga.stock(1), 10);
}

/// External producers publish too: product refuses what the order service would not accept.
pub fn an_external_order(pair: Pair) {
    let saga = Saga::start(pair);
    saga.stage.topics().publish("order-created", &external_order(501, -5));
    let answers =
        saga.stage.topics().wait("product-decreased", 1, |message| message.json()["orderId"] == 501);
    assert_eq!(answers[0].json()["success"], false);
    assert_eq!(saga.stock(1), 10);
}

/// An OrderCreated as an external producer publishes it: with a key, without our headers.
pub fn external_order(id: i64, quantity: i64) -> Message {
    let mut body = order(1, quantity);
    body["orderId"] = json!(id);
    Message { key: Some(id.to_string()), ..Message::plain(&body) }
}

/// Two instances of product share one hot product: half of the messages take from it, half
/// put back, and the stock is exact.
pub fn hot_product(pair: Pair, orders: i64) {
    let stage = Stage::new(pair);
    let first = start_product(&stage);
    let second = start_product(&stage);
    // A new member of a group gets its partitions only once the others have given them up.
    wait_for("both to own partitions", bound(), || (stage.owners("product") == 2).then_some(()));
    let start = orders / 2;
    stage.execute("product", &format!("UPDATE product_tb SET quantity = {start} WHERE id = 1"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            stage.topics().publish_all("order-created", steadily(orders, |id| external_order(id, 1)))
        });
        scope
            .spawn(|| stage.topics().publish_all("increase-product-command", steadily(orders / 2, put_back)));
    });
    let answers = stage.topics().wait("product-decreased", orders as usize, |_| true);
    let taken = answers.iter().filter(|answer| answer.json()["success"] == true).count();
    let expected = start + orders / 2 - taken as i64;
    wait_for("the exact stock", bound(), || (stock(&first, 1) == expected).then_some(()));
    assert_eq!(answers.len() as i64, orders);
    assert_eq!(stock(&second, 1), expected);
}

/// A steady stream keeps both instances busy with the same row.
fn steadily(messages: i64, make: impl Fn(i64) -> Message) -> impl Iterator<Item = Message> {
    (1..=messages).map(move |id| {
        if id % 10 == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        make(id)
    })
}

/// A command of another service to put one piece back.
fn put_back(id: i64) -> Message {
    let body = json!({ "orderId": id, "productId": 1, "quantity": 1 });
    Message { key: Some(id.to_string()), ..Message::plain(&body) }
}

/// An instance that gets no partition is ready all the same: a spare.
pub fn spare_instances(pair: Pair) {
    let saga = Saga::start(pair);
    let spares: Vec<Instance> = (0..3).map(|_| start_order(&saga.stage)).collect();
    assert_eq!(saga.end_of(&order(1, 1))["status"], "COMPLETED");
    assert_eq!(spares[2].get("/orders/1").body["status"], "COMPLETED");
}
