// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `food`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `order`.
    pub const ORDER: usize = 0;
    /// `restaurant`.
    pub const RESTAURANT: usize = 1;
    /// `courier`.
    pub const COURIER: usize = 2;
}

/// The places of the entities.
pub mod entity {
    /// `Order`.
    pub const ORDER: usize = 0;
    /// `Job`.
    pub const JOB: usize = 1;
}

/// The places of the messages.
pub mod message {
    /// `OrderPlaced`.
    pub const ORDER_PLACED: usize = 0;
    /// `CancelRequested`.
    pub const CANCEL_REQUESTED: usize = 1;
    /// `MealAccepted.success`.
    pub const MEAL_ACCEPTED_SUCCESS: usize = 2;
    /// `MealAccepted.failure`.
    pub const MEAL_ACCEPTED_FAILURE: usize = 3;
    /// `CourierOffered.success`.
    pub const COURIER_OFFERED_SUCCESS: usize = 4;
    /// `CourierOffered.failure`.
    pub const COURIER_OFFERED_FAILURE: usize = 5;
    /// `OfferAnswered.success`.
    pub const OFFER_ANSWERED_SUCCESS: usize = 6;
    /// `OfferAnswered.failure`.
    pub const OFFER_ANSWERED_FAILURE: usize = 7;
    /// `MealPickedUp.success`.
    pub const MEAL_PICKED_UP_SUCCESS: usize = 8;
    /// `MealPickedUp.failure`.
    pub const MEAL_PICKED_UP_FAILURE: usize = 9;
}

/// The places of the steps.
pub mod step {
    /// `place-order`.
    pub const PLACE_ORDER: usize = 0;
    /// `request-cancel`.
    pub const REQUEST_CANCEL: usize = 1;
    /// `finish-order`.
    pub const FINISH_ORDER: usize = 2;
    /// `cancel-order`.
    pub const CANCEL_ORDER: usize = 3;
    /// `accept-meal`.
    pub const ACCEPT_MEAL: usize = 4;
    /// `answer-offer`.
    pub const ANSWER_OFFER: usize = 5;
    /// `pick-up`.
    pub const PICK_UP: usize = 6;
    /// `offer-courier`.
    pub const OFFER_COURIER: usize = 7;
    /// `drop-job`.
    pub const DROP_JOB: usize = 8;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("place-order", service::ORDER)
            .begins()
            .creates(entity::ORDER)
            .publishes([message::ORDER_PLACED]),
        Step::of("request-cancel", service::ORDER)
            .asked()
            .loads(RowUse::own(entity::ORDER).from([0]).moved_to(1))
            .publishes([message::CANCEL_REQUESTED]),
        Step::of("finish-order", service::ORDER)
            .needs(Need::of([message::MEAL_PICKED_UP_SUCCESS]).excluded_by([message::MEAL_PICKED_UP_FAILURE]))
            .loads(RowUse::own(entity::ORDER).moved_to(2)),
        Step::of("cancel-order", service::ORDER)
            .needs(Need::of([message::MEAL_PICKED_UP_FAILURE]).excluded_by([message::MEAL_PICKED_UP_SUCCESS]))
            .loads(RowUse::own(entity::ORDER).moved_to(3)),
        Step::of("accept-meal", service::RESTAURANT)
            .needs(message::ORDER_PLACED)
            .kept()
            .publishes([message::MEAL_ACCEPTED_SUCCESS])
            .rejects_with(message::MEAL_ACCEPTED_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::MEAL_PICKED_UP_FAILURE] }),
        Step::of("answer-offer", service::COURIER)
            .asked()
            .needs(
                Need::of([message::COURIER_OFFERED_SUCCESS]).excluded_by([message::COURIER_OFFERED_FAILURE]),
            )
            .deadline()
            .kept()
            .loads(RowUse::own(entity::JOB))
            .publishes([message::OFFER_ANSWERED_SUCCESS])
            .rejects_with(message::OFFER_ANSWERED_FAILURE),
        Step::of("pick-up", service::COURIER)
            .asked()
            .needs(message::ORDER_PLACED)
            .needs(message::MEAL_ACCEPTED_SUCCESS)
            .needs(message::OFFER_ANSWERED_SUCCESS)
            .closed_by([
                message::MEAL_ACCEPTED_FAILURE,
                message::OFFER_ANSWERED_FAILURE,
                message::CANCEL_REQUESTED,
                message::COURIER_OFFERED_FAILURE,
            ])
            .deadline()
            .kept()
            .loads(RowUse::own(entity::JOB).moved_to(1))
            .publishes([message::MEAL_PICKED_UP_SUCCESS])
            .fails_with(message::MEAL_PICKED_UP_FAILURE),
        Step::of("offer-courier", service::COURIER)
            .needs(message::ORDER_PLACED)
            .kept()
            .creates(entity::JOB)
            .publishes([message::COURIER_OFFERED_SUCCESS])
            .rejects_with(message::COURIER_OFFERED_FAILURE),
        Step::of("drop-job", service::COURIER)
            .needs(Need::of([message::MEAL_PICKED_UP_FAILURE]).excluded_by([message::MEAL_PICKED_UP_SUCCESS]))
            .kept()
            .loads(RowUse::own(entity::JOB).or_waits().moved_to(2)),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Open, Phase::Done, Phase::Failed], [step::PLACE_ORDER]),
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::OFFER_COURIER]),
    ];
    Flow::new(3, 10, steps, entities, vec![])
}
