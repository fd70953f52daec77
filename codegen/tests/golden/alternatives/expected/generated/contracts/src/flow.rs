// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `parcel`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `sender`.
    pub const SENDER: usize = 0;
    /// `road`.
    pub const ROAD: usize = 1;
    /// `air`.
    pub const AIR: usize = 2;
    /// `desk`.
    pub const DESK: usize = 3;
    /// `courier`.
    pub const COURIER: usize = 4;
}

/// The places of the entities.
pub mod entity {
    /// `Parcel`.
    pub const PARCEL: usize = 0;
}

/// The places of the messages.
pub mod message {
    /// `ParcelSent.road`.
    pub const PARCEL_SENT_ROAD: usize = 0;
    /// `ParcelSent.air`.
    pub const PARCEL_SENT_AIR: usize = 1;
    /// `TruckLoaded`.
    pub const TRUCK_LOADED: usize = 2;
    /// `PlaneLoaded.success`.
    pub const PLANE_LOADED_SUCCESS: usize = 3;
    /// `PlaneLoaded.failure`.
    pub const PLANE_LOADED_FAILURE: usize = 4;
    /// `ParcelSigned.success`.
    pub const PARCEL_SIGNED_SUCCESS: usize = 5;
    /// `ParcelSigned.failure`.
    pub const PARCEL_SIGNED_FAILURE: usize = 6;
    /// `ParcelDelivered.success`.
    pub const PARCEL_DELIVERED_SUCCESS: usize = 7;
    /// `ParcelDelivered.failure`.
    pub const PARCEL_DELIVERED_FAILURE: usize = 8;
}

/// The places of the steps.
pub mod step {
    /// `send-parcel`.
    pub const SEND_PARCEL: usize = 0;
    /// `deliver`.
    pub const DELIVER: usize = 1;
    /// `return`.
    pub const RETURN: usize = 2;
    /// `load-truck`.
    pub const LOAD_TRUCK: usize = 3;
    /// `load-plane`.
    pub const LOAD_PLANE: usize = 4;
    /// `sign`.
    pub const SIGN: usize = 5;
    /// `hand-over`.
    pub const HAND_OVER: usize = 6;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("send-parcel", service::SENDER)
            .begins()
            .creates(entity::PARCEL)
            .publishes([message::PARCEL_SENT_ROAD])
            .publishes([message::PARCEL_SENT_AIR]),
        Step::of("deliver", service::SENDER)
            .needs(
                Need::of([message::PARCEL_DELIVERED_SUCCESS])
                    .excluded_by([message::PARCEL_DELIVERED_FAILURE]),
            )
            .loads(RowUse::own(entity::PARCEL).moved_to(1)),
        Step::of("return", service::SENDER)
            .needs(
                Need::of([message::PARCEL_DELIVERED_FAILURE])
                    .excluded_by([message::PARCEL_DELIVERED_SUCCESS]),
            )
            .loads(RowUse::own(entity::PARCEL).moved_to(2)),
        Step::of("load-truck", service::ROAD)
            .needs(Need::of([message::PARCEL_SENT_ROAD]).excluded_by([message::PARCEL_SENT_AIR]))
            .publishes([message::TRUCK_LOADED])
            .undone(Compensation::Needless),
        Step::of("load-plane", service::AIR)
            .needs(Need::of([message::PARCEL_SENT_AIR]).excluded_by([message::PARCEL_SENT_ROAD]))
            .publishes([message::PLANE_LOADED_SUCCESS])
            .rejects_with(message::PLANE_LOADED_FAILURE)
            .undone(Compensation::Needless),
        Step::of("sign", service::DESK)
            .asked()
            .needs_one(message::TRUCK_LOADED)
            .needs_one(Need::of([message::PLANE_LOADED_SUCCESS]).excluded_by([message::PLANE_LOADED_FAILURE]))
            .closed_by([message::PLANE_LOADED_FAILURE])
            .deadline()
            .kept()
            .publishes([message::PARCEL_SIGNED_SUCCESS])
            .rejects_with(message::PARCEL_SIGNED_FAILURE)
            .undone(Compensation::Needless),
        Step::of("hand-over", service::COURIER)
            .needs(Need::of([message::PARCEL_SENT_ROAD, message::PARCEL_SENT_AIR]))
            .needs(message::PARCEL_SIGNED_SUCCESS)
            .needs_one(message::TRUCK_LOADED)
            .needs_one(Need::of([message::PLANE_LOADED_SUCCESS]).excluded_by([message::PLANE_LOADED_FAILURE]))
            .closed_by([message::PARCEL_SIGNED_FAILURE, message::PLANE_LOADED_FAILURE])
            .kept()
            .publishes([message::PARCEL_DELIVERED_SUCCESS])
            .rejects_with(message::PARCEL_DELIVERED_FAILURE),
    ];
    let entities = vec![Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::SEND_PARCEL])];
    Flow::new(5, 9, steps, entities, vec![])
}
