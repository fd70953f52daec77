//! A service that listens does what is proved of it.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `order_contracts` to them.
extern crate self as order_contracts;

#[rustfmt::skip]
#[path = "../../../generated/contracts/src/delivery.rs"]
pub mod delivery;
#[rustfmt::skip]
#[path = "../../../generated/contracts/src/database/delivery.rs"]
mod delivery_database;
#[rustfmt::skip]
#[path = "../../../generated/delivery/src/lib.rs"]
mod delivery_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/notification/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/notification/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/notification/expected/generated/contracts/src/notification.rs"]
pub mod notification;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/notification/expected/generated/contracts/src/database/notification.rs"]
mod notification_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/notification/expected/generated/notification/src/lib.rs"]
mod notification_service;
#[rustfmt::skip]
#[path = "../../../generated/contracts/src/order.rs"]
pub mod order;
#[rustfmt::skip]
#[path = "../../../generated/contracts/src/database/order.rs"]
mod order_database;
#[rustfmt::skip]
#[path = "../../../generated/order/src/lib.rs"]
mod order_service;
#[rustfmt::skip]
#[path = "../../../generated/contracts/src/product.rs"]
pub mod product;
#[rustfmt::skip]
#[path = "../../../generated/contracts/src/database/product.rs"]
mod product_database;
#[rustfmt::skip]
#[path = "../../../generated/product/src/lib.rs"]
mod product_service;

use crate::events::{DeliveryCreated, IncreaseProductCommand, OrderCreated, ProductDecreased};
use crate::notification::{NotifyCancelled, NotifyCompleted};
use crate::order::CreateOrder;
use crate::order_service::Request;
use crate::product::Product;
use saga_runtime::Rejection;

use saga_semantics::{AnyPlace, Place, Saga, Script};

struct Handlers(Script);

impl order::Handlers for Handlers {}

impl notification::Handlers for Handlers {
    fn notify_completed(&self, _: &DeliveryCreated) -> NotifyCompleted {
        self.0.does("notify-completed");
        NotifyCompleted { text: String::new() }
    }

    fn notify_cancelled(&self, _: &DeliveryCreated) -> NotifyCancelled {
        self.0.does("notify-cancelled");
        NotifyCancelled { text: String::new() }
    }
}

impl product::Handlers for Handlers {
    fn decrease_product(&self, _: &mut Product, _: &OrderCreated) -> Result<(), Rejection> {
        self.0.decides("decrease-product")
    }

    fn increase_product(&self, _: &mut Product, _: &IncreaseProductCommand) {
        self.0.does("increase-product");
    }
}

impl delivery::Handlers for Handlers {
    fn create_delivery(&self, _: &OrderCreated, _: &ProductDecreased) -> Result<(), Rejection> {
        self.0.decides("create-delivery")
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(order_service::OrderService::new(handlers())).asked(request).any(),
        Place::new(product_service::ProductService::new(handlers())).any(),
        Place::new(delivery_service::DeliveryService::new(handlers())).any(),
        Place::new(notification_service::NotificationService::new(handlers())).any(),
    ]
}

fn request(_: usize) -> Request {
    let address = "here".to_owned();
    Request::CreateOrder(CreateOrder { user_id: 1, product_id: 1, quantity: 1, price: 1, address })
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../codegen/tests/golden/notification/saga.yaml", services).agrees();
}
