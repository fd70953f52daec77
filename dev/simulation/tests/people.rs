//! People who approve, cancel and pick up, in simulated worlds.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `parcel_contracts` to them.
extern crate self as parcel_contracts;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/people/expected/generated/contracts/src/courier.rs"]
pub mod courier;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/people/expected/generated/contracts/src/database/courier.rs"]
mod courier_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/people/expected/generated/courier/src/lib.rs"]
mod courier_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/people/expected/generated/contracts/src/desk.rs"]
pub mod desk;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/people/expected/generated/desk/src/lib.rs"]
mod desk_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/people/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/people/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/people/expected/generated/contracts/src/sender.rs"]
pub mod sender;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/people/expected/generated/contracts/src/database/sender.rs"]
mod sender_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/people/expected/generated/sender/src/lib.rs"]
mod sender_service;

use crate::sender::SendParcel;
use crate::sender_service::Request;

use saga_simulation::{Draw, Hosted, Saga};

struct Handlers;

impl sender::Handlers for Handlers {}

impl desk::Handlers for Handlers {}

impl courier::Handlers for Handlers {}

fn send_parcel(draw: &mut Draw) -> Request {
    Request::SendParcel(SendParcel { weight: draw.number })
}

fn saga() -> Saga {
    let sender = Hosted::new(|_| sender_service::SenderService::new(Handlers));
    let services = vec![
        sender.asked("/parcels", "weight", send_parcel).any(),
        Hosted::new(|_| desk_service::DeskService::new(Handlers)).any(),
        Hosted::new(|_| courier_service::CourierService::new(Handlers)).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../codegen/tests/golden/people/saga.yaml"), services)
}

#[test]
fn seeds() {
    saga_simulation::live(saga(), "people");
}

#[cfg(feature = "mutations")]
#[test]
fn every_mutation_is_noticed() {
    saga_simulation::notices(saga_runtime::mutation::Witness::SimulationOf("people"));
}
