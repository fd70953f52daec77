//! The flow that services perform is the one that the proof explores, also where no test drives them beside it.
#![allow(dead_code, unreachable_pub, reason = "the names of what is in a flow are for the services")]

use saga_runtime::Flow;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/keywords/expected/generated/contracts/src/flow.rs"]
mod keywords;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/rows/expected/generated/contracts/src/flow.rs"]
mod rows;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/flow.rs"]
mod variants;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/wire/expected/generated/contracts/src/flow.rs"]
mod wire;

fn agree(saga: &str, performed: &Flow) {
    let proved = saga_semantics::proved(format!("../../codegen/tests/golden/{saga}/saga.yaml"));
    assert_eq!(performed.steps(), proved.steps(), "{saga}");
    assert_eq!(performed.entities(), proved.entities(), "{saga}");
    assert_eq!(performed.external_events(), proved.external_events(), "{saga}");
    assert!(*performed == proved, "{saga}: the same steps, and other services or messages");
}

#[test]
fn keywords_performs_what_is_proved() {
    agree("keywords", &keywords::FLOW);
}

/// It is the shipped saga, and a memo changes nothing of that.
#[test]
fn memo_performs_what_is_proved() {
    agree("memo", &order_contracts::flow::FLOW);
}

#[test]
fn rows_performs_what_is_proved() {
    agree("rows", &rows::FLOW);
}

#[test]
fn variants_performs_what_is_proved() {
    agree("variants", &variants::FLOW);
}

#[test]
fn wire_performs_what_is_proved() {
    agree("wire", &wire::FLOW);
}
