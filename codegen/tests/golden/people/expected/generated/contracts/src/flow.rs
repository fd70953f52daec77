// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `parcel`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `sender`.
    pub const SENDER: usize = 0;
    /// `desk`.
    pub const DESK: usize = 1;
    /// `courier`.
    pub const COURIER: usize = 2;
}

/// The places of the entities.
pub mod entity {
    /// `Parcel`.
    pub const PARCEL: usize = 0;
    /// `Job`.
    pub const JOB: usize = 1;
}

/// The places of the messages.
pub mod message {
    /// `ParcelSent`.
    pub const PARCEL_SENT: usize = 0;
    /// `CancelRequested`.
    pub const CANCEL_REQUESTED: usize = 1;
    /// `ParcelApproved.success`.
    pub const PARCEL_APPROVED_SUCCESS: usize = 2;
    /// `ParcelApproved.failure`.
    pub const PARCEL_APPROVED_FAILURE: usize = 3;
    /// `ParcelPickedUp.success`.
    pub const PARCEL_PICKED_UP_SUCCESS: usize = 4;
    /// `ParcelPickedUp.failure`.
    pub const PARCEL_PICKED_UP_FAILURE: usize = 5;
}

/// The places of the steps.
pub mod step {
    /// `send-parcel`.
    pub const SEND_PARCEL: usize = 0;
    /// `request-cancel`.
    pub const REQUEST_CANCEL: usize = 1;
    /// `finish-parcel`.
    pub const FINISH_PARCEL: usize = 2;
    /// `refuse-parcel`.
    pub const REFUSE_PARCEL: usize = 3;
    /// `approve-parcel`.
    pub const APPROVE_PARCEL: usize = 4;
    /// `pick-up`.
    pub const PICK_UP: usize = 5;
    /// `open-job`.
    pub const OPEN_JOB: usize = 6;
    /// `drop-job`.
    pub const DROP_JOB: usize = 7;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("send-parcel", service::SENDER)
            .begins()
            .creates(entity::PARCEL)
            .publishes([message::PARCEL_SENT]),
        Step::of("request-cancel", service::SENDER)
            .asked()
            .loads(RowUse::own(entity::PARCEL).from([0]).moved_to(1))
            .publishes([message::CANCEL_REQUESTED]),
        Step::of("finish-parcel", service::SENDER)
            .needs(
                Need::of([message::PARCEL_PICKED_UP_SUCCESS])
                    .excluded_by([message::PARCEL_PICKED_UP_FAILURE]),
            )
            .loads(RowUse::own(entity::PARCEL).moved_to(2)),
        Step::of("refuse-parcel", service::SENDER)
            .needs(
                Need::of([message::PARCEL_PICKED_UP_FAILURE])
                    .excluded_by([message::PARCEL_PICKED_UP_SUCCESS]),
            )
            .loads(RowUse::own(entity::PARCEL).moved_to(3)),
        Step::of("approve-parcel", service::DESK)
            .asked()
            .needs(message::PARCEL_SENT)
            .deadline()
            .kept()
            .publishes([message::PARCEL_APPROVED_SUCCESS])
            .rejects_with(message::PARCEL_APPROVED_FAILURE),
        Step::of("pick-up", service::COURIER)
            .asked()
            .needs(message::PARCEL_SENT)
            .needs(message::PARCEL_APPROVED_SUCCESS)
            .closed_by([message::PARCEL_APPROVED_FAILURE, message::CANCEL_REQUESTED])
            .deadline()
            .kept()
            .loads(RowUse::own(entity::JOB).moved_to(1))
            .publishes([message::PARCEL_PICKED_UP_SUCCESS])
            .fails_with(message::PARCEL_PICKED_UP_FAILURE),
        Step::of("open-job", service::COURIER).needs(message::PARCEL_SENT).kept().creates(entity::JOB),
        Step::of("drop-job", service::COURIER)
            .needs(
                Need::of([message::PARCEL_PICKED_UP_FAILURE])
                    .excluded_by([message::PARCEL_PICKED_UP_SUCCESS]),
            )
            .kept()
            .loads(RowUse::own(entity::JOB).or_waits().moved_to(2)),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Open, Phase::Done, Phase::Failed], [step::SEND_PARCEL]),
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::OPEN_JOB]),
    ];
    Flow::new(3, 6, steps, entities, vec![])
}
