//! What a step publishes of the one of several messages that came is what it says, and it fails as is proved.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `parcel_contracts` to them.
extern crate self as parcel_contracts;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/contracts/src/air.rs"]
pub mod air;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/air/src/lib.rs"]
mod air_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/contracts/src/courier.rs"]
pub mod courier;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/courier/src/lib.rs"]
mod courier_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/contracts/src/desk.rs"]
pub mod desk;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/desk/src/lib.rs"]
mod desk_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/contracts/src/road.rs"]
pub mod road;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/road/src/lib.rs"]
mod road_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/contracts/src/sender.rs"]
pub mod sender;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/contracts/src/database/sender.rs"]
mod sender_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/alternatives/expected/generated/sender/src/lib.rs"]
mod sender_service;

use saga_runtime::{Refusal, Rejection};
use saga_semantics::{AnyPlace, Place, Saga, Script};

use crate::air::LoadPlane;
use crate::courier::HandOverOneOf;
use crate::desk::{Sign, SignOneOf};
use crate::events::{ParcelSent, ParcelSentKind, ParcelSigned};
use crate::road::LoadTruck;
use crate::sender::{SendParcel, SendParcelAnswer};

struct Handlers(Script);

impl sender::Handlers for Handlers {
    fn send_parcel(&self, _: &SendParcel) -> Result<SendParcelAnswer, Refusal> {
        let ways = [SendParcelAnswer::Road, SendParcelAnswer::Air];
        Ok(ways[self.0.way("send-parcel")].clone())
    }
}

impl road::Handlers for Handlers {
    fn load_truck(&self, _: &ParcelSent) -> LoadTruck {
        self.0.does("load-truck");
        LoadTruck { carrier: "by road".into(), stops: 3 }
    }
}

impl air::Handlers for Handlers {
    fn load_plane(&self, _: &ParcelSent) -> Result<LoadPlane, Rejection> {
        self.0.decides("load-plane")?;
        Ok(LoadPlane { carrier: "by air".into(), flight: "KE123".into(), seat: 7 })
    }
}

impl desk::Handlers for Handlers {
    fn sign(&self, _: SignOneOf<'_>, _: &Sign) -> Result<(), Refusal> {
        self.0.does("sign");
        Ok(())
    }
}

impl courier::Handlers for Handlers {
    fn hand_over(
        &self,
        sent: &ParcelSent,
        signed: &ParcelSigned,
        one_of: HandOverOneOf<'_>,
    ) -> Result<(), Rejection> {
        let (kind, carrier) = match one_of {
            HandOverOneOf::TruckLoaded(truck) => (ParcelSentKind::Road, &truck.carrier),
            HandOverOneOf::PlaneLoadedSuccess(plane) => (ParcelSentKind::Air, plane.carrier()),
        };
        assert_eq!((sent.kind, signed.carrier.as_ref()), (kind, Some(carrier)));
        self.0.decides("hand-over")
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(sender_service::SenderService::new(handlers()))
            .asked(|_| sender_service::Request::SendParcel(SendParcel { weight: 1 }))
            .any(),
        Place::new(road_service::RoadService::new(handlers())).any(),
        Place::new(air_service::AirService::new(handlers())).any(),
        Place::new(desk_service::DeskService::new(handlers()))
            .waiting("sign", |it| {
                let parcel = it.correlation.parse().expect("a number");
                desk_service::Request::Sign(parcel, Sign { signed: it.says })
            })
            .any(),
        Place::new(courier_service::CourierService::new(handlers())).any(),
    ]
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../codegen/tests/golden/alternatives/saga.yaml", services).agrees();
}
