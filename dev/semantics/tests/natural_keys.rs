//! Rows whose keys are given do what is proved of them.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `shop_contracts` to them.
extern crate self as shop_contracts;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/contracts/src/cart.rs"]
pub mod cart;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/contracts/src/database/cart.rs"]
mod cart_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/cart/src/lib.rs"]
mod cart_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/contracts/src/stock.rs"]
pub mod stock;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/contracts/src/database/stock.rs"]
mod stock_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/stock/src/lib.rs"]
mod stock_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/contracts/src/till.rs"]
pub mod till;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/contracts/src/database/till.rs"]
mod till_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/till/src/lib.rs"]
mod till_service;

use crate::cart::OpenCart;
use crate::cart_service::Request;
use crate::events::{CartClosed, CartOpened, PutStockBackCommand, StockTaken};
use crate::stock::Item;
use crate::till::{CloseCart, CountDay};
use saga_runtime::Rejection;

use saga_semantics::{AnyPlace, Place, Saga, Script};

struct Handlers(Script);

impl cart::Handlers for Handlers {}

impl stock::Handlers for Handlers {
    fn take_stock(&self, _: &mut Item, _: &CartOpened) -> Result<(), Rejection> {
        self.0.decides("take-stock")
    }

    fn put_stock_back(&self, _: &mut Item, _: &PutStockBackCommand) {
        self.0.does("put-stock-back");
    }
}

impl till::Handlers for Handlers {
    fn close_cart(&self, _: &CartOpened, _: &StockTaken) -> Result<CloseCart, Rejection> {
        self.0.decides("close-cart").map(|()| CloseCart { total: 1, number: 1 })
    }

    fn count_day(&self, _: &CartClosed) -> CountDay {
        self.0.does("count-day");
        CountDay { number: 1 }
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(cart_service::CartService::new(handlers())).asked(request).any(),
        Place::new(stock_service::StockService::new(handlers())).any(),
        Place::new(till_service::TillService::new(handlers())).any(),
    ]
}

fn request(nth: usize) -> Request {
    Request::OpenCart(OpenCart { cart_id: format!("cart-{nth}"), sku: "a-1".to_owned(), pieces: 1 })
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../codegen/tests/golden/natural-keys/saga.yaml", services).agrees();
}
