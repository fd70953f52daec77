//! Steps with several rows, rows by a list, fields that the file writes, and rows that are created if they are
//! missing, driven with the handlers of their golden case. Most of it is no part of the flow.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(clippy::enum_variant_names, reason = "what a service reads may be named alike")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `market_contracts` to them.
extern crate self as market_contracts;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/archive.rs"]
pub mod archive;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/database/archive.rs"]
mod archive_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/archive/src/lib.rs"]
mod archive_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/order.rs"]
pub mod order;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/database/order.rs"]
mod order_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/order/src/lib.rs"]
mod order_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/packing.rs"]
pub mod packing;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/database/packing.rs"]
mod packing_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/packing/src/lib.rs"]
mod packing_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/points.rs"]
pub mod points;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/database/points.rs"]
mod points_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/points/src/lib.rs"]
mod points_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/slots.rs"]
pub mod slots;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/database/slots.rs"]
mod slots_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/slots/src/lib.rs"]
mod slots_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/stock.rs"]
pub mod stock;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/database/stock.rs"]
mod stock_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/stock/src/lib.rs"]
mod stock_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/types.rs"]
pub mod types;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/database/types.rs"]
mod types_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/handlers/order.rs"]
mod order_team;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/handlers/points.rs"]
mod points_team;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/handlers/slots.rs"]
mod slots_team;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/handlers/stock.rs"]
mod stock_team;

use saga_runtime::{Event as _, Steps as _, decode};
use saga_step::Mode;

use crate::events::{OrderPacked, OrderPlaced, OrderSent, SlotTaken, StockTaken};
use crate::order::PlaceOrder;
use crate::order_service::Request;
use crate::points::Points;
use crate::types::Line;
use saga_semantics::{AnyPlace, Place, Sent};

fn lines(all: &[(i64, i32)]) -> Vec<Line> {
    all.iter().map(|(product_id, quantity)| Line { product_id: *product_id, quantity: *quantity }).collect()
}

fn placed(order_id: i64, of: &[(i64, i32)], shelves: &[&str]) -> Sent {
    let event = OrderPlaced {
        order_id,
        customer_id: "ann".to_owned(),
        slot_id: 1,
        shelves: shelves.iter().map(|shelf| (*shelf).to_owned()).collect(),
        lines: lines(of),
    };
    sent(OrderPlaced::TOPIC, order_id, &event)
}

fn failed(order_id: i64) -> Sent {
    let event = OrderPacked { order_id, reason: Some("no bench".to_owned()), ..OrderPacked::default() };
    sent(OrderPacked::TOPIC, order_id, &event)
}

fn sent(topic: &'static str, order_id: i64, event: &impl serde::Serialize) -> Sent {
    Sent { topic, key: order_id.to_string(), body: serde_json::to_vec(event).expect("an event") }
}

fn stock() -> Box<dyn AnyPlace> {
    Place::new(stock_service::StockService::new(stock_team::Handlers)).any()
}

/// What the one message says of the stock.
fn taken(sent: &[Sent]) -> StockTaken {
    assert_eq!(sent.len(), 1, "{sent:?}");
    decode(&sent[0].body).expect("an event")
}

/// How many there are of both products, and where both shelves stand.
fn kept(stock: &dyn AnyPlace, quantities: [i32; 2]) -> [Option<String>; 2] {
    for (id, quantity) in (1..).zip(quantities) {
        let of_quantity = stock.rows("product_tb", "quantity", &quantity.to_string()).len();
        assert_eq!(of_quantity, 1, "one product of which there are {quantity}: {id}");
    }
    ["a", "b"].map(|code| stock.rows("shelf_tb", "code", code)[0].clone())
}

#[test]
fn rows_by_a_list_change_together_and_are_put_back() {
    let mut stock = stock();
    let message = placed(1, &[(2, 1), (1, 4), (2, 2)], &["a", "a"]);
    let event = taken(&stock.receive(&message).expect("it is handled"));
    assert!(event.success, "{event:?}");
    assert_eq!(event.weight, 7, "a shelf that is named twice is one");
    assert_eq!(kept(&*stock, [6, 0]).map(Option::unwrap_or_default), ["HELD", "FREE"]);
    assert_eq!(stock.rows("shelf_tb", "last_order", "1").len(), 1, "`set` writes into each");
    assert_eq!(stock.rows("pick_tb", "pieces", "7").len(), 1);

    assert!(stock.receive(&failed(1)).expect("it is compensated").is_empty());
    kept(&*stock, [10, 3]);
    assert_eq!(stock.rows("pick_tb", "pieces", "0").len(), 1);
}

#[test]
fn a_rejection_leaves_no_trace_on_any_row() {
    for (of, shelves, reason) in [
        (&[(1, 1), (99, 1)][..], &["a"][..], "not-found"),
        (&[(1, 1)], &["a", "z"], "not-found"),
        (&[(1, 1), (2, 4)], &["a"], "out of stock"),
    ] {
        let mut stock = stock();
        let event = taken(&stock.receive(&placed(1, of, shelves)).expect("it is handled"));
        assert_eq!((event.success, event.reason.as_deref()), (false, Some(reason)));
        assert_eq!(kept(&*stock, [10, 3]).map(Option::unwrap_or_default), ["FREE", "FREE"]);
        assert!(stock.rows("pick_tb", "order_id", "1").is_empty());
    }
}

#[test]
fn each_row_of_a_list_has_to_be_in_the_status() {
    let mut stock = stock();
    assert!(taken(&stock.receive(&placed(1, &[], &["b"])).expect("it is handled")).success);
    // With `from`, a message that finds a row in another status is passed by.
    assert!(stock.receive(&placed(2, &[(1, 1)], &["a", "b"])).expect("it is handled").is_empty());
    assert_eq!(kept(&*stock, [10, 3]).map(Option::unwrap_or_default), ["FREE", "HELD"]);
}

#[test]
fn a_list_may_be_empty_or_long() {
    let mut stock = stock();
    assert!(taken(&stock.receive(&placed(1, &[], &[])).expect("it is handled")).success);
    let many: Vec<(i64, i32)> = (0..20_000).map(|at| (1 + at % 2, 0)).collect();
    assert!(taken(&stock.receive(&placed(2, &many, &[])).expect("it is handled")).success);
    assert_eq!(kept(&*stock, [10, 3]).map(Option::unwrap_or_default), ["FREE", "FREE"]);
}

#[test]
fn a_row_that_is_missing_is_created_and_changed_the_next_time() {
    let mut slots = Place::new(slots_service::SlotsService::new(slots_team::Handlers)).any();
    for (order, visits, last) in [(1, 1, 1), (2, 2, 0)] {
        let sent = slots.receive(&placed(order, &[], &[])).expect("it is handled");
        assert!(decode::<SlotTaken>(&sent[0].body).expect("an event").success);
        assert_eq!(slots.rows("visitor_tb", "visits", &visits.to_string()).len(), 1);
        assert_eq!(slots.rows("visitor_tb", "last", &last.to_string()).len(), 1, "as the handler left it");
    }
    // Refused: no slot is left, and no visit is counted.
    let sent = slots.receive(&placed(3, &[], &[])).expect("it is handled");
    assert!(!decode::<SlotTaken>(&sent[0].body).expect("an event").success);
    assert_eq!(slots.rows("visitor_tb", "visits", "2").len(), 1);
    slots.receive(&failed(2)).expect("it is compensated");
    assert_eq!(slots.rows("visitor_tb", "visits", "1").len(), 1);
}

#[test]
fn a_step_that_moves_a_row_and_does_more_does_not_pass_a_missing_one_by() {
    let mut order = Place::new(order_service::OrderService::new(order_team::Handlers)).any();
    let fault = order.receive(&failed(7)).expect_err("there is no order");
    assert!(fault.contains("not-found"), "{fault}");
}

#[test]
fn a_compensation_names_the_row_that_is_missing() {
    let slots = Place::new(slots_service::SlotsService::new(slots_team::Handlers));
    // The step has run, and a restored database has lost the visitor.
    let slots = slots.with(|rows| {
        let kept = rows.take_slot.keep("1");
        kept.order_placed = decode(&placed(1, &[], &[]).body).ok();
        kept.slot_taken = Some(SlotTaken { order_id: 1, reason: None, success: true });
        rows.take_slot.memory("1").set_mode(Mode::Done);
    });
    let mut slots = slots.any();
    let fault = slots.receive(&failed(1)).expect_err("there is no visitor");
    assert!(fault.contains("Visitor") && fault.contains("ann"), "{fault}");
}

#[test]
fn the_file_alone_writes_into_rows() {
    let packed =
        OrderPacked { order_id: 1, parcel_id: 5, total: 40, success: true, ..OrderPacked::default() };
    let packed = sent(OrderPacked::TOPIC, 1, &packed);
    let points = Place::new(points_service::PointsService::new(points_team::Handlers));
    let ann = Points { customer_id: "ann".to_owned(), points: 7, ..Points::default() };
    for (mut points, before) in [
        (Place::new(points_service::PointsService::new(points_team::Handlers)), 0),
        (points.with(|rows| drop(rows.points.insert(ann))), 7),
    ]
    .map(|(place, before)| (place.any(), before))
    {
        points.receive(&placed(1, &[], &[])).expect("it is handled");
        assert!(points.receive(&packed).expect("it is handled").is_empty());
        assert_eq!(points.rows("points_tb", "last", "40").len(), 1);
        assert_eq!(points.rows("points_tb", "points", &before.to_string()).len(), 1, "the rest is as it was");
    }
}

#[test]
fn what_is_published_and_created_takes_values_of_a_row_that_moves() {
    let mut order = Place::new(order_service::OrderService::new(order_team::Handlers)).asked(request).any();
    let (key, _) = order.begin(0, None).expect("an order");
    let packed = OrderPacked { order_id: 1, parcel_id: 5, success: true, ..OrderPacked::default() };
    let sent = order.receive(&sent(OrderPacked::TOPIC, 1, &packed)).expect("it is handled");
    let event: OrderSent = decode(&sent[0].body).expect("an event");
    assert_eq!((event.customer_id.as_str(), event.receipt_id), ("ann", 1));
    assert_eq!(order.rows("receipt_tb", "customer_id", "ann").len(), 1);
    assert_eq!(order.rows("order_tb", "parcel_id", "5"), [Some("SENT".to_owned())], "{key}");
}

fn request(_: usize) -> Request {
    Request::PlaceOrder(PlaceOrder { customer_id: "ann".to_owned(), slot_id: 1, ..PlaceOrder::default() })
}
