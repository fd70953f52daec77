//! A step that takes rows by a list does what is proved of it.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `shop_contracts` to them.
extern crate self as shop_contracts;

#[rustfmt::skip]
#[path = "../../../examples/lines/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../examples/lines/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../examples/lines/generated/contracts/src/order.rs"]
pub mod order;
#[rustfmt::skip]
#[path = "../../../examples/lines/generated/contracts/src/database/order.rs"]
mod order_database;
#[rustfmt::skip]
#[path = "../../../examples/lines/generated/order/src/lib.rs"]
mod order_service;
#[rustfmt::skip]
#[path = "../../../examples/lines/generated/contracts/src/parcel.rs"]
pub mod parcel;
#[rustfmt::skip]
#[path = "../../../examples/lines/generated/contracts/src/database/parcel.rs"]
mod parcel_database;
#[rustfmt::skip]
#[path = "../../../examples/lines/generated/parcel/src/lib.rs"]
mod parcel_service;
#[rustfmt::skip]
#[path = "../../../examples/lines/generated/contracts/src/stock.rs"]
pub mod stock;
#[rustfmt::skip]
#[path = "../../../examples/lines/generated/contracts/src/database/stock.rs"]
mod stock_database;
#[rustfmt::skip]
#[path = "../../../examples/lines/generated/stock/src/lib.rs"]
mod stock_service;
#[rustfmt::skip]
#[path = "../../../examples/lines/generated/contracts/src/types.rs"]
pub mod types;

use saga_runtime::{Rejection, Selection};

use crate::events::{OrderPlaced, StockTaken};
use crate::order::PlaceOrder;
use crate::order_service::Request;
use crate::stock::Product;
use crate::types::Line;
use saga_semantics::{AnyPlace, Place, Saga, Script};

struct Handlers(Script);

impl order::Handlers for Handlers {}

impl stock::Handlers for Handlers {
    fn take_stock(&self, products: &mut Selection<Product>, _: &OrderPlaced) -> Result<(), Rejection> {
        assert_eq!(products.len(), 2, "a product that is on two lines is one row");
        self.0.decides("take-stock")
    }

    fn put_back_stock(&self, products: &mut Selection<Product>, _: &OrderPlaced, _: &StockTaken) {
        assert_eq!(products.len(), 2);
        self.0.does("put-back-stock");
    }
}

impl parcel::Handlers for Handlers {
    fn send_parcel(&self, _: &OrderPlaced, _: &StockTaken) -> Result<(), Rejection> {
        self.0.decides("send-parcel")
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(order_service::OrderService::new(handlers())).asked(request).any(),
        Place::new(stock_service::StockService::new(handlers())).any(),
        Place::new(parcel_service::ParcelService::new(handlers())).any(),
    ]
}

fn request(_: usize) -> Request {
    let lines = [2, 1, 2].map(|product_id| Line { product_id, quantity: 1 });
    Request::PlaceOrder(PlaceOrder { lines: lines.into() })
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../examples/lines/saga.yaml", services).agrees();
}
