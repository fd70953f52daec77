//! Where the values of the example sagas come from, as the checker resolves it.

use std::fmt::Write as _;
use std::path::Path;

use saga_cli::accepted::not_generated;
use saga_cli::pipeline::check;
use saga_cli::resolved::*;
use saga_cli::source::Source;

fn load(name: &str) -> Resolved {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accepted").join(name);
    resolved(&Source::read(&path).expect("the file is there"))
}

fn resolved(source: &Source) -> Resolved {
    let checked = check(source);
    assert!(!checked.found.has_errors(), "{:#?}", checked.found);
    checked.resolved.expect("the file has no errors")
}

/// Everything that is resolved about a step, a line a fact.
fn facts(spec: &Resolved, name: &str) -> String {
    let step = spec.steps().iter().find(|step| step.name.as_str() == name).expect("the step is there");
    let mut text = String::new();
    let mut line = |fact: String| writeln!(text, "{fact}").expect("a string takes all");
    let fields = |fields: &[SourcedField]| {
        let all = fields.iter().map(|it| format!("{}={}", it.field, source(spec, step, &it.source)));
        all.collect::<Vec<_>>().join(" ")
    };
    for field in &step.body {
        line(format!("body {}", field.name));
    }
    // A derived compensation looks up with what the compensated step saw.
    let seen = match step.kind {
        StepKind::Compensation(id) => match spec.compensation(id) {
            Compensation { kind: CompensationKind::Derived { .. }, of, .. } => spec.step(*of),
            _ => step,
        },
        _ => step,
    };
    for row in &step.rows {
        let found = match &row.lookup {
            Lookup::Key(by) => format!("by key {}", source(spec, seen, by)),
            Lookup::Keys(by) => format!("by keys {}", source(spec, seen, by)),
            Lookup::Field(field, by) => format!("by {field} {}", source(spec, seen, by)),
            Lookup::Kept => "as kept".to_owned(),
        };
        let name = &spec.entity(row.entity).name;
        line(format!("row {name} {found}"));
        if let Some(missing) = &row.missing {
            line(format!("new {name} {}", fields(missing)));
        }
        if !row.set.is_empty() {
            line(format!("sets {name} {}", fields(&row.set)));
        }
    }
    if let Some(created) = &step.creates {
        let key = created.key.as_ref().map_or("allocated".to_owned(), |key| source(spec, step, key));
        line(format!("creates {} key={key} {}", spec.entity(created.entity).name, fields(&created.fields)));
    }
    for emission in &step.emissions {
        let event = spec.event(emission.event);
        let choice = match &emission.choice {
            Choice::Plain => "plain".to_owned(),
            Choice::Fixed(variant) => format!("always {}", event.variant(*variant).name),
            Choice::Source(from) => format!("as {}", source(spec, step, from)),
            Choice::Handler => "asks".to_owned(),
        };
        line(format!("emits {} {choice}: {}", event.name, fields(&emission.fields)));
    }
    for case in step.failure.iter().flat_map(|failure| &failure.cases) {
        line(format!("fails {:?}: {}", case.cause, fields(&case.fields)));
    }
    for command in &step.commands {
        line(format!("owes {}: {}", spec.event(command.command).name, fields(&command.fields)));
    }
    if let Some(correlation) = &step.correlation {
        line(format!("correlation {}", source(spec, step, correlation)));
    }
    line(format!("{:?}", step.decision));
    text
}

fn source(spec: &Resolved, step: &Step, source: &FieldSource) -> String {
    let event = |index: TriggerIndex| spec.event(step.triggers[index.0].event).name.to_string();
    match source {
        FieldSource::Literal(_) => "literal".to_owned(),
        FieldSource::OnFailure(_) => "on_failure".to_owned(),
        FieldSource::Correlation => "correlation".to_owned(),
        FieldSource::EntityKey(id) => format!("{}.key", spec.entity(*id).name),
        FieldSource::EntityField(id, field) => format!("{}.{field}", spec.entity(*id).name),
        FieldSource::Trigger(index, path) => {
            let path: Vec<&str> = path.fields().iter().map(|field| field.as_str()).collect();
            format!("{}.{}", event(*index), path.join("."))
        }
        FieldSource::OneOf(_, field) => format!("one.{field}"),
        FieldSource::Closer(field) => format!("closer.{field}"),
        FieldSource::Body(field) => format!("body.{field}"),
        FieldSource::PathParam(name) => format!(":{name}"),
        FieldSource::Reason => "reason".to_owned(),
        FieldSource::Absent => "absent".to_owned(),
        FieldSource::Handler => "handler".to_owned(),
    }
}

#[track_caller]
fn expect(file: &str, step: &str, facts_wanted: &[&str]) {
    let found = facts(&load(file), step);
    assert_eq!(found.lines().collect::<Vec<_>>(), facts_wanted, "{file}: {step}");
}

#[test]
fn a_request_takes_from_its_body_what_nothing_else_supplies() {
    expect(
        "order.yaml",
        "create-order",
        &[
            "body userId",
            "body productId",
            "body quantity",
            "body price",
            "body address",
            "creates Order key=allocated userId=body.userId productId=body.productId quantity=body.quantity price=body.price",
            "emits OrderCreated plain: orderId=correlation userId=body.userId productId=body.productId quantity=body.quantity price=body.price address=body.address",
            "correlation Order.key",
            "Hook",
        ],
    );
}

#[test]
fn a_rejected_step_knows_its_row_by_what_it_looked_up() {
    expect(
        "order.yaml",
        "decrease-product",
        &[
            "row Product by key OrderCreated.productId",
            "emits ProductDecreased asks: orderId=correlation productId=Product.key quantity=OrderCreated.quantity",
            "fails Rejected: orderId=correlation productId=OrderCreated.productId quantity=OrderCreated.quantity",
            "correlation correlation",
            "Required",
        ],
    );
}

#[test]
fn a_join_that_fails_owes_the_command() {
    expect(
        "order.yaml",
        "create-delivery",
        &[
            "creates Delivery key=allocated orderId=correlation address=OrderCreated.address",
            "emits DeliveryCreated asks: orderId=correlation deliveryId=Delivery.key",
            "fails Rejected: orderId=correlation deliveryId=on_failure",
            "fails Closed(0): orderId=correlation deliveryId=on_failure",
            "owes IncreaseProductCommand: orderId=correlation productId=ProductDecreased.productId quantity=ProductDecreased.quantity",
            "correlation correlation",
            "Required",
        ],
    );
    expect(
        "order.yaml",
        "increase-product",
        &["row Product by key IncreaseProductCommand.productId", "correlation correlation", "Required"],
    );
}

#[test]
fn a_move_is_wiring() {
    expect(
        "order.yaml",
        "complete-order",
        &["row Order by key correlation", "correlation correlation", "Wiring"],
    );
}

#[test]
fn natural_keys_and_stored_correlations_find_rows() {
    let flight = "row Flight by key TripRequested.flight";
    assert!(facts(&load("travel.yaml"), "reserve-flight").starts_with(flight));
    assert!(facts(&load("travel.yaml"), "release-flight").starts_with(flight));
    assert!(facts(&load("travel.yaml"), "rent-car").starts_with("row Rental by tripId correlation"));
    assert!(
        facts(&load("lines.yaml"), "take-stock")
            .starts_with("row Product by keys OrderPlaced.lines.productId")
    );
}

#[test]
fn a_field_of_the_outcomes_name_decides_it() {
    expect(
        "approval.yaml",
        "decide-approval",
        &[
            "body approved",
            "body reviewer",
            "row Approval by paymentId correlation",
            "emits ApprovalDecided as body.approved: paymentId=correlation reviewer=body.reviewer",
            "fails Chosen: paymentId=correlation reviewer=body.reviewer",
            "fails Closed(0): paymentId=correlation reviewer=absent",
            "correlation :paymentId",
            "Hook",
        ],
    );
    let register = facts(&load("onboarding.yaml"), "register-user");
    assert!(register.contains("emits UserRegistered as body.kind"), "{register}");
}

#[test]
fn a_charge_returns_what_only_it_knows() {
    expect(
        "travel.yaml",
        "charge-trip",
        &[
            "emits TripPaid asks: tripId=correlation chargeId=handler reason=absent",
            "fails Rejected: tripId=correlation chargeId=on_failure reason=reason",
            "fails Closed(0): tripId=correlation chargeId=on_failure reason=reason",
            "fails Closed(1): tripId=correlation chargeId=on_failure reason=reason",
            "fails Closed(2): tripId=correlation chargeId=on_failure reason=reason",
            "fails Closed(3): tripId=correlation chargeId=on_failure reason=reason",
            "fails SagaFailed: tripId=correlation chargeId=on_failure reason=reason",
            "correlation correlation",
            "Required",
        ],
    );
}

#[test]
fn a_derived_compensation_hears_of_every_failure() {
    let spec = load("travel.yaml");
    let failures: Vec<String> = spec
        .failures()
        .iter()
        .map(|it| {
            let event = spec.event(it.event);
            let variant = it.variant.map(|variant| event.variant(variant).name.clone());
            format!("{}.{}", event.name, variant.unwrap_or_default())
        })
        .collect();
    assert_eq!(failures, ["TripPaid.failure"]);
}

#[test]
fn an_edited_order_saga_is_generated_whole() {
    let spec = load("order_edited.yaml");
    assert!(not_generated(&spec).is_empty());
    let ports: Vec<u16> = spec.services().iter().map(|service| service.port).collect();
    assert_eq!(ports, [8081, 8082, 8084, 8085, 8086]);
    expect(
        "order_edited.yaml",
        "notify-completed",
        &[
            "creates Notice key=allocated orderId=correlation text=handler",
            "correlation correlation",
            "Required",
        ],
    );
    assert!(facts(&spec, "create-order").contains("body memo"));
}

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
