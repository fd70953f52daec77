//! Rows whose keys clients choose, in simulated worlds.
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

use saga_simulation::{Draw, Evidence, Faults, Hosted, Saga, Team};

struct Handlers(Faults);

impl cart::Handlers for Handlers {}

impl stock::Handlers for Handlers {
    fn take_stock(&self, item: &mut Item, cart: &CartOpened) -> Result<(), Rejection> {
        self.0.chance()?;
        item.pieces -= cart.pieces;
        Ok(())
    }

    fn put_stock_back(&self, item: &mut Item, command: &PutStockBackCommand) {
        item.pieces += command.pieces;
    }
}

impl till::Handlers for Handlers {
    fn close_cart(&self, _: &CartOpened, _: &StockTaken) -> Result<CloseCart, Rejection> {
        self.0.chance().map(|()| CloseCart { total: 1, number: 1 })
    }

    fn count_day(&self, _: &CartClosed) -> CountDay {
        CountDay { number: 1 }
    }
}

/// Pieces are taken for the carts that are paid, and for no others.
struct Pieces;

impl Team for Pieces {
    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let carts = || evidence.rows("cart", "cart_tb");
        let paid: i64 =
            carts().filter(|row| row.get("status") == "PAID").map(|row| row.number("pieces")).sum();
        let open = carts().any(|row| row.get("status") == "OPEN" || row.get("status") == "PAYING");
        let first: i64 = evidence.first_rows("stock", "item_tb").map(|row| row.number("pieces")).sum();
        let left: i64 = evidence.rows("stock", "item_tb").map(|row| row.number("pieces")).sum();
        if open || left == first - paid {
            return Vec::new();
        }
        vec![format!("{paid} pieces are paid, and {left} are left of {first}")]
    }
}

fn open_cart(draw: &mut Draw) -> Request {
    let sku = if draw.rng.happens(200) { "none" } else { "a-1" };
    let (number, sku) = (draw.number, sku.to_owned());
    Request::OpenCart(OpenCart { cart_id: format!("cart-{number}"), sku, pieces: number })
}

fn saga() -> Saga {
    let services = vec![
        Hosted::new(|faults| cart_service::CartService::new(Handlers(faults.clone())))
            .asked("/carts", "pieces", open_cart)
            .any(),
        Hosted::new(|faults| stock_service::StockService::new(Handlers(faults.clone()))).any(),
        Hosted::new(|faults| till_service::TillService::new(Handlers(faults.clone()))).any(),
    ];
    Saga::new(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../codegen/tests/golden/natural-keys/saga.yaml"),
        services,
    )
    .known_by(Pieces)
}

#[test]
fn seeds() {
    saga_simulation::live(saga(), "natural_keys");
}
