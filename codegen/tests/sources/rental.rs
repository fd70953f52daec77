//! Reasons of failures, rows that a message changes, and bodies, in two rentals.

use saga_cli::source::Source;

use crate::facts::{facts, resolved};

/// Three steps, each of which says why it failed, and one that needs them all.
const RENTAL: &str = "
saga: rental
correlation: rentalId
events:
  RentalAsked: { fields: { rentalId: i64, carId: i64, note: string } }
  CarTaken: { outcome: success, fields: { rentalId: i64, reason: string? } }
  CardChecked: { outcome: success, fields: { rentalId: i64, reason: string? } }
  Dropped: { fields: { rentalId: i64, reason: string } }
  RentalPaid: { outcome: success, fields: { rentalId: i64, note: string?, reason: string? } }
services:
  rental:
    entities:
      Rental: { key: i64, fields: { carId: i64 }, status: { start: ASKED, open: DROPPING, done: PAID, failed: REFUSED } }
    requests:
      ask: { http: POST /rentals, creates: Rental, emits: RentalAsked }
      drop: { http: POST /rentals/:id/drop, entity: Rental, body: { reason: string }, from: ASKED, to: DROPPING, emits: Dropped }
    subscriptions:
      paid: { on: RentalPaid.success, entity: Rental, to: PAID }
      refused: { on: RentalPaid.failure, entity: Rental, to: REFUSED }
  car:
    entities: { Car: { key: i64, fields: { free: i32 }, rows: [{ free: 1 }] } }
    subscriptions:
      take-car: { on: RentalAsked, entity: Car, emits: CarTaken }
  card:
    subscriptions:
      check-card: { on: RentalAsked, emits: CardChecked }
  payment:
    subscriptions:
      pay: { on: [RentalAsked, CarTaken, CardChecked], unless: Dropped, deadline: 15m, emits: RentalPaid }
compensations: { take-car: return-car, pay: none }
";

#[test]
fn a_reason_is_that_of_what_closed_the_step() {
    let spec = resolved(&Source::new("rental.yaml", RENTAL));
    let found = facts(&spec, "pay");
    assert_eq!(
        found.lines().collect::<Vec<_>>(),
        [
            "emits RentalPaid asks: rentalId=correlation note=RentalAsked.note reason=absent",
            "fails Rejected: rentalId=correlation note=RentalAsked.note reason=reason",
            "fails Closed(0): rentalId=correlation note=absent reason=CarTaken.reason",
            "fails Closed(1): rentalId=correlation note=absent reason=CardChecked.reason",
            "fails Closed(2): rentalId=correlation note=absent reason=closer.reason",
            "fails Closed(3): rentalId=correlation note=absent reason=reason",
            "correlation correlation",
            "Required",
        ]
    );
}

/// `reason` of a plain event is a field like any other.
#[test]
fn a_rejection_goes_before_the_reason_of_a_message_that_came() {
    let text = RENTAL.replace("note: string } }", "note: string, reason: string } }");
    let spec = resolved(&Source::new("rental.yaml", text));
    let found = facts(&spec, "check-card");
    assert!(found.contains("asks: rentalId=correlation reason=RentalAsked.reason"), "{found}");
    assert!(found.contains("fails Rejected: rentalId=correlation reason=reason"), "{found}");
}

#[test]
fn a_failed_saga_or_a_deadline_leaves_what_the_one_trigger_said() {
    let text = RENTAL
        .replace("note: string?, ", "")
        .replace("on: RentalAsked, emits: CardChecked", "on: RentalAsked, deadline: 1m, emits: CardChecked")
        .replace(
            "CardChecked: { outcome: success, fields: { ",
            "CardChecked: { outcome: success, fields: { note: string, ",
        )
        .replace("return-car, ", "return-car, check-card: forget-card, ");
    let spec = resolved(&Source::new("rental.yaml", text));
    let found = facts(&spec, "check-card");
    assert!(
        found.contains("fails Closed(0): note=RentalAsked.note rentalId=correlation reason=reason"),
        "{found}"
    );
    assert!(
        found.contains("fails SagaFailed: note=RentalAsked.note rentalId=correlation reason=reason"),
        "{found}"
    );
}

/// Rows that a message changes by itself: a price, and points by customer.
const PRICED: &str = "
saga: rental
correlation: rentalId
events:
  RentalAsked: { fields: { rentalId: i64, customerId: string } }
  PriceComputed: { outcome: success, fields: { rentalId: i64, price: { type: i64, on_failure: 0 } } }
  RentalPriced: { fields: { rentalId: i64, price: i64 } }
services:
  rental:
    entities:
      Rental: { key: i64, fields: { customerId: string, price: i64? }, status: { start: ASKED, done: PRICED, failed: REFUSED } }
    requests:
      ask: { http: POST /rentals, creates: Rental, emits: RentalAsked }
    subscriptions:
      price-rental: { on: PriceComputed.success, entity: Rental, to: PRICED, set: { Rental.price: PriceComputed.price }, emits: RentalPriced }
      refuse-rental: { on: PriceComputed.failure, entity: Rental, to: REFUSED }
  prices:
    subscriptions:
      compute-price: { on: RentalAsked, emits: PriceComputed }
  points:
    entities:
      Points: { key: { customerId: string }, fields: { points: i64, last: i64, on: date? } }
    subscriptions:
      count-points: { on: [RentalAsked, RentalPriced], upserts: Points, set: { last: RentalPriced.price } }
";

#[test]
fn a_field_of_a_row_is_written_where_set_names_it() {
    let spec = resolved(&Source::new("rental.yaml", PRICED));
    let found = facts(&spec, "price-rental");
    assert_eq!(
        found.lines().collect::<Vec<_>>(),
        [
            "row Rental by key correlation",
            "sets Rental price=PriceComputed.price",
            "emits RentalPriced plain: rentalId=correlation price=PriceComputed.price",
            "correlation correlation",
            "Wiring",
        ]
    );
    // Without `set`, a field of the same name is left alone.
    let text = PRICED.replace(", set: { Rental.price: PriceComputed.price }", "");
    let found = facts(&resolved(&Source::new("rental.yaml", text)), "price-rental");
    assert!(!found.contains("sets"), "{found}");
}

#[test]
fn a_row_that_is_upserted_begins_at_zero() {
    let spec = resolved(&Source::new("rental.yaml", PRICED));
    let found = facts(&spec, "count-points");
    assert_eq!(
        found.lines().collect::<Vec<_>>(),
        [
            "row Points by key RentalAsked.customerId",
            "new Points points=literal last=RentalPriced.price on=absent",
            "sets Points last=RentalPriced.price",
            "correlation correlation",
            "Wiring",
        ]
    );
    let text = PRICED.replace(", set: { last: RentalPriced.price }", "");
    let found = facts(&resolved(&Source::new("rental.yaml", text)), "count-points");
    assert!(found.ends_with("Required\n"), "{found}");
}

#[test]
fn a_caller_sets_no_optional_field_of_a_row_that_no_event_has() {
    let spec = resolved(&Source::new("rental.yaml", PRICED));
    let found = facts(&spec, "ask");
    assert!(
        found.starts_with(
            "body customerId\ncreates Rental key=allocated customerId=body.customerId price=absent\n"
        ),
        "{found}"
    );
}

#[test]
fn a_row_may_be_found_by_an_enum() {
    let text = PRICED
        .replace("events:\n", "types: { Size: [small, large] }\nevents:\n")
        .replace("customerId: string", "size: Size");
    let spec = resolved(&Source::new("rental.yaml", text));
    assert!(facts(&spec, "count-points").starts_with("row Points by key RentalAsked.size"));
}
