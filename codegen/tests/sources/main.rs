//! Where the values of the example sagas come from, as the checker resolves it.

mod facts;
mod rental;

use saga_cli::accepted::not_generated;

use facts::{expect, facts, load};

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
            "fails Closed(4): tripId=correlation chargeId=on_failure reason=reason",
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
