//! Requests that steps wait for do what is proved of them, and are answered accordingly in every state.
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

#[path = "people/lanes.rs"]
mod lanes;

use saga_runtime::Refusal;
use saga_semantics::{AnyPlace, Place, Saga, Script};

use crate::courier::{Job, PickUp};
use crate::desk::ApproveParcel;
use crate::events::{ParcelApproved, ParcelSent};
use crate::sender::{Parcel, RequestCancel, SendParcel};

struct Handlers(Script);

impl sender::Handlers for Handlers {
    fn request_cancel(&self, _: &mut Parcel, _: &RequestCancel) -> Result<(), Refusal> {
        self.0.does("request-cancel");
        Ok(())
    }
}

impl desk::Handlers for Handlers {
    fn approve_parcel(&self, _: &ParcelSent, _: &ApproveParcel) -> Result<(), Refusal> {
        self.0.does("approve-parcel");
        Ok(())
    }
}

impl courier::Handlers for Handlers {
    fn pick_up(&self, _: &mut Job, _: &ParcelSent, _: &ParcelApproved, _: &PickUp) -> Result<(), Refusal> {
        self.0.does("pick-up");
        Ok(())
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(sender_service::SenderService::new(handlers()))
            .asked(|_| sender_service::Request::SendParcel(SendParcel { weight: 1 }))
            .waiting("request-cancel", |it| {
                sender_service::Request::RequestCancel(id(it.correlation), RequestCancel { reason: None })
            })
            .any(),
        Place::new(desk_service::DeskService::new(handlers()))
            .waiting("approve-parcel", |it| {
                let body = ApproveParcel { approved: it.says, clerk: "Kim".to_owned() };
                desk_service::Request::ApproveParcel(id(it.correlation), body)
            })
            .any(),
        Place::new(courier_service::CourierService::new(handlers()))
            .waiting("pick-up", |it| {
                courier_service::Request::PickUp(id(it.correlation), PickUp { courier: None })
            })
            .any(),
    ]
}

fn id(text: &str) -> i64 {
    text.parse().expect("a number")
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../codegen/tests/golden/people/saga.yaml", services).agrees();
}
