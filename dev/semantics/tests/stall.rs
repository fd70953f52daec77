//! Requests of every shape: those that begin an instance by their path, find it in a row, or belong to none.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `stall_contracts` to them.
extern crate self as stall_contracts;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/stall/expected/generated/contracts/src/carrier.rs"]
pub mod carrier;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/stall/expected/generated/carrier/src/lib.rs"]
mod carrier_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/stall/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/stall/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/stall/expected/generated/contracts/src/packing.rs"]
pub mod packing;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/stall/expected/generated/contracts/src/database/packing.rs"]
mod packing_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/stall/expected/generated/packing/src/lib.rs"]
mod packing_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/stall/expected/generated/contracts/src/shop.rs"]
pub mod shop;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/stall/expected/generated/contracts/src/database/shop.rs"]
mod shop_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/stall/expected/generated/shop/src/lib.rs"]
mod shop_service;

use saga_runtime::acts::requests;
use saga_runtime::{Decimal, Outgoing, Refusal, Rejection};
use saga_semantics::{AnyPlace, Place, Refused, Saga, Script};

use crate::events::{OrderPlaced, ParcelPacked};
use crate::packing::{PackParcel, Parcel};
use crate::shop::{PauseProduct, PlaceOrder, Product, RetireProduct, SetPrice, WriteNote};
use crate::shop_service::Request;

struct Handlers(Script);

impl shop::Handlers for Handlers {
    fn set_price(&self, product: &mut Product, body: &SetPrice) -> Result<(), Refusal> {
        product.price = body.price;
        if body.price.is_zero() {
            return Err(Refusal::invalid("price", "must be more than 0"));
        }
        Ok(())
    }
}

impl packing::Handlers for Handlers {
    fn pack_parcel(&self, _: &mut Parcel, _: &OrderPlaced, _: &PackParcel) -> Result<(), Refusal> {
        self.0.does("pack-parcel");
        Ok(())
    }

    fn unpack_parcel(&self, parcel: &mut Parcel, order: &OrderPlaced, packed: &ParcelPacked) {
        self.0.does("unpack-parcel");
        let orders = [&parcel.order_id, &order.order_id, &packed.order_id];
        assert!(orders.iter().all(|of| **of == parcel.order_id), "the parcel that was packed: {orders:?}");
    }
}

impl carrier::Handlers for Handlers {
    fn ship_order(&self, _: &OrderPlaced, _: &ParcelPacked) -> Result<(), Rejection> {
        self.0.decides("ship-order")
    }
}

fn shop(script: &Script) -> Box<dyn AnyPlace> {
    Place::new(shop_service::ShopService::new(Handlers(script.clone())))
        .asked(|nth| {
            let body = PlaceOrder { product_id: 1, quantity: 1 };
            Request::PlaceOrder(format!("order {nth}"), body)
        })
        // What stands for the instance is the key of a row here.
        .waiting("set-price", |it| {
            let price = if it.says { Decimal::ONE } else { Decimal::ZERO };
            Request::SetPrice(number(it.correlation), SetPrice { price })
        })
        .waiting("pause-product", |it| Request::PauseProduct(number(it.correlation), PauseProduct {}))
        .waiting("retire-product", |it| Request::RetireProduct(number(it.correlation), RetireProduct {}))
        .waiting("write-note", |it| {
            Request::WriteNote(it.correlation.to_owned(), WriteNote { text: "tea is out".to_owned() })
        })
        .any()
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let packing = Place::new(packing_service::PackingService::new(Handlers(script.clone())))
        .waiting("pack-parcel", |it| {
            // A parcel is asked for by its own key.
            let key = (it.keys)("parcel_tb", "order_id", it.correlation).pop();
            let key = key.map_or(i64::MAX, |key| number(&key));
            packing_service::Request::PackParcel(key, "Kim".to_owned(), PackParcel {})
        })
        .any();
    let carrier = Place::new(carrier_service::CarrierService::new(Handlers(script.clone())));
    vec![shop(script), packing, carrier.any()]
}

fn number(text: &str) -> i64 {
    text.parse().expect("a number")
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../codegen/tests/golden/stall/saga.yaml", services).agrees();
}

#[test]
fn a_row_of_no_instance_is_changed_as_its_status_allows() {
    let mut shop = shop(&Script::default());
    let mut ask = |step: &str, key: &str, says: bool| {
        let answered = shop.ask(step, key, says, None);
        let product = shop.rows("product_tb", "id", "1").pop().flatten();
        (answered.map(|sent| sent.len()), product.expect("a status"))
    };
    let refused = |refusal: Refusal| Err(Refused::By(refusal));
    let status = |name: &str| name.to_owned();
    assert_eq!(ask("set-price", "1", true), (Ok(0), status("OFFERED")));
    let zero = refused(Refusal::invalid("price", "must be more than 0"));
    assert_eq!(ask("set-price", "1", false), (zero, status("OFFERED")));
    let missing = refused(Refusal::NotFound { entity: "Product", key: "2".to_owned() });
    assert_eq!(ask("pause-product", "2", true), (missing, status("OFFERED")));
    // A repetition finds it so already.
    for _ in 0..2 {
        assert_eq!(ask("pause-product", "1", true), (Ok(0), status("PAUSED")));
    }
    for _ in 0..2 {
        assert_eq!(ask("retire-product", "1", true), (Ok(0), status("RETIRED")));
    }
    for step in ["pause-product", "set-price"] {
        let retired = refused(Refusal::conflict("Product 1 is RETIRED"));
        assert_eq!(ask(step, "1", true), (retired, status("RETIRED")));
    }
}

#[test]
fn a_row_is_created_under_the_key_in_the_path() {
    let mut shop = shop(&Script::default());
    assert_eq!(shop.ask("write-note", "today", true, None).expect("it is written").len(), 0);
    assert_eq!(shop.rows("note_tb", "title", "today").len(), 1);
    let again = shop.ask("write-note", "today", true, None).expect_err("there is one");
    assert_eq!(again, Refused::By(Refusal::because("Note today exists already")));
}

/// Between the look that says whose parcel it is and the lock, the row may come into being, or be replaced.
#[test]
fn a_request_is_refused_if_the_locked_row_says_another_instance() {
    let packing = packing_service::PackingService::new(Handlers(Script::default()));
    let request = packing_service::Request::PackParcel(1, "Kim".to_owned(), PackParcel {});
    let rows = |order: Option<&str>| {
        let mut rows = packing_service::Rows::default();
        if let Some(order) = order {
            let parcel = Parcel { id: 1, order_id: order.to_owned(), ..Parcel::default() };
            rows.parcel.insert(parcel).expect("a new row");
        }
        rows
    };
    for (seen, locked) in [(None, Some("a")), (Some("a"), Some("b")), (Some("a"), None)] {
        let (seen, mut locked) = (rows(seen), rows(locked));
        let answer = requests::answer(&packing, &request, &seen, &mut locked, &mut Outgoing::default());
        assert_eq!(answer, Err(Refusal::conflict("the row has just changed: try again")));
    }
}
