//! The flow that services perform is the one that the proof explores.
#![allow(dead_code, unreachable_pub, reason = "the names of what is in a flow are for the services")]

use saga_runtime::Flow;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/contracts/src/flow.rs"]
mod choices;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/fraud/expected/generated/contracts/src/flow.rs"]
mod fraud;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/contracts/src/flow.rs"]
mod guards;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/keywords/expected/generated/contracts/src/flow.rs"]
mod keywords;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/flow.rs"]
mod lifecycle;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/natural-keys/expected/generated/contracts/src/flow.rs"]
mod natural_keys;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/notification/expected/generated/contracts/src/flow.rs"]
mod notification;
#[rustfmt::skip]
#[path = "../../../examples/onboarding/generated/contracts/src/flow.rs"]
mod onboarding;
#[rustfmt::skip]
#[path = "../../../examples/return/generated/contracts/src/flow.rs"]
mod returns;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/contracts/src/flow.rs"]
mod steps;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/flow.rs"]
mod variants;

fn agree(saga: &str, performed: &Flow) {
    let proved = saga_semantics::proved(saga);
    assert_eq!(performed.steps(), proved.steps(), "{saga}");
    assert_eq!(performed.entities(), proved.entities(), "{saga}");
    assert_eq!(performed.external_events(), proved.external_events(), "{saga}");
    assert!(*performed == proved, "{saga}: the same steps, and other services or messages");
}

#[test]
fn the_shipped_saga_performs_what_is_proved() {
    agree("../../saga.yaml", &order_contracts::flow::FLOW);
    // A memo changes nothing of it.
    agree("../../codegen/tests/golden/memo/saga.yaml", &order_contracts::flow::FLOW);
}

#[test]
fn fraud_performs_what_is_proved() {
    agree("../../codegen/tests/golden/fraud/saga.yaml", &fraud::FLOW);
}

#[test]
fn guards_performs_what_is_proved() {
    agree("../../codegen/tests/golden/guards/saga.yaml", &guards::FLOW);
}

#[test]
fn keywords_performs_what_is_proved() {
    agree("../../codegen/tests/golden/keywords/saga.yaml", &keywords::FLOW);
}

#[test]
fn lifecycle_performs_what_is_proved() {
    agree("../../codegen/tests/golden/lifecycle/saga.yaml", &lifecycle::FLOW);
}

#[test]
fn natural_keys_performs_what_is_proved() {
    agree("../../codegen/tests/golden/natural-keys/saga.yaml", &natural_keys::FLOW);
}

#[test]
fn notification_performs_what_is_proved() {
    agree("../../codegen/tests/golden/notification/saga.yaml", &notification::FLOW);
}

#[test]
fn steps_performs_what_is_proved() {
    agree("../../codegen/tests/golden/steps/saga.yaml", &steps::FLOW);
}

#[test]
fn sagas_with_variants_perform_what_is_proved() {
    agree("../../codegen/tests/golden/choices/saga.yaml", &choices::FLOW);
    agree("../../codegen/tests/golden/variants/saga.yaml", &variants::FLOW);
    agree("../../examples/onboarding/saga.yaml", &onboarding::FLOW);
    agree("../../examples/return/saga.yaml", &returns::FLOW);
}
