//! The shipped saga does what is proved of it.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(dead_code, reason = "other sagas need more of the driver")]

use std::borrow::Cow;

use delivery::DeliveryService;
use order::{OrderService, Request};
use order_contracts::events::{DeliveryCreated, IncreaseProductCommand, OrderCreated, ProductDecreased};
use order_contracts::order::CreateOrder;
use order_contracts::product::Product;
use product::ProductService;
use saga_runtime::context::Exhausted;
use saga_runtime::protocol::batch::{self, Item};
use saga_runtime::record::{Record, TopicPartition};
use saga_runtime::{Event as _, Rejection, Service as _};

use saga_semantics::{AnyPlace, Place, Saga, Script};

struct Handlers(Script);

impl order_contracts::order::Handlers for Handlers {}

impl order_contracts::product::Handlers for Handlers {
    fn decrease_product(&self, _: &mut Product, _: &OrderCreated) -> Result<(), Rejection> {
        self.0.decides("decrease-product")
    }

    fn increase_product(&self, _: &mut Product, _: &IncreaseProductCommand) {
        self.0.does("increase-product");
    }
}

impl order_contracts::delivery::Handlers for Handlers {
    fn create_delivery(&self, _: &OrderCreated, _: &ProductDecreased) -> Result<(), Rejection> {
        self.0.decides("create-delivery")
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(OrderService::new(handlers())).asked(request).any(),
        Place::new(ProductService::new(handlers())).any(),
        Place::new(DeliveryService::new(handlers())).any(),
    ]
}

fn request(_: usize) -> Request {
    Request::CreateOrder(CreateOrder {
        user_id: 1,
        product_id: 1,
        quantity: 1,
        price: 1,
        address: "here".to_owned(),
    })
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../saga.yaml", services).agrees();
}

#[test]
fn an_external_message_claims_only_the_step_that_it_runs() {
    let body = br#"{"orderId":1,"deliveryId":0,"success":false}"#;
    let input = OrderService::<Handlers>::decode(DeliveryCreated::TOPIC, body).expect("a message");
    let origin = TopicPartition { topic: DeliveryCreated::TOPIC, partition: 0 };
    let record = Record::new(origin, 0, Some(b"1"), Some(body), std::iter::empty());
    let record = Cow::Owned(record);
    let item = Item { input, record, shard: 0, unsequenced: true, exhausted: Exhausted::None };
    let orders = OrderService::new(Handlers(Script::default()));
    let claims = batch::lock_steps(&orders, &[item], &mut Default::default());
    assert_eq!(claims.iter().map(|(step, _)| *step).collect::<Vec<_>>(), ["cancel-order"]);
}
