// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `trip`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `booking`.
    pub const BOOKING: usize = 0;
    /// `flight`.
    pub const FLIGHT: usize = 1;
    /// `hotel`.
    pub const HOTEL: usize = 2;
    /// `car`.
    pub const CAR: usize = 3;
    /// `payment`.
    pub const PAYMENT: usize = 4;
}

/// The places of the entities.
pub mod entity {
    /// `Trip`.
    pub const TRIP: usize = 0;
    /// `Rental`.
    pub const RENTAL: usize = 1;
}

/// The places of the messages.
pub mod message {
    /// `TripRequested`.
    pub const TRIP_REQUESTED: usize = 0;
    /// `FlightReserved.success`.
    pub const FLIGHT_RESERVED_SUCCESS: usize = 1;
    /// `FlightReserved.failure`.
    pub const FLIGHT_RESERVED_FAILURE: usize = 2;
    /// `HotelReserved.success`.
    pub const HOTEL_RESERVED_SUCCESS: usize = 3;
    /// `HotelReserved.failure`.
    pub const HOTEL_RESERVED_FAILURE: usize = 4;
    /// `CarReserved.success`.
    pub const CAR_RESERVED_SUCCESS: usize = 5;
    /// `CarReserved.failure`.
    pub const CAR_RESERVED_FAILURE: usize = 6;
    /// `CancelRequested`.
    pub const CANCEL_REQUESTED: usize = 7;
    /// `TripPaid.success`.
    pub const TRIP_PAID_SUCCESS: usize = 8;
    /// `TripPaid.failure`.
    pub const TRIP_PAID_FAILURE: usize = 9;
}

/// The places of the steps.
pub mod step {
    /// `book-trip`.
    pub const BOOK_TRIP: usize = 0;
    /// `request-cancel`.
    pub const REQUEST_CANCEL: usize = 1;
    /// `confirm-trip`.
    pub const CONFIRM_TRIP: usize = 2;
    /// `cancel-trip`.
    pub const CANCEL_TRIP: usize = 3;
    /// `reserve-flight`.
    pub const RESERVE_FLIGHT: usize = 4;
    /// `reserve-hotel`.
    pub const RESERVE_HOTEL: usize = 5;
    /// `reserve-car`.
    pub const RESERVE_CAR: usize = 6;
    /// `rent-car`.
    pub const RENT_CAR: usize = 7;
    /// `release-car`.
    pub const RELEASE_CAR: usize = 8;
    /// `charge-trip`.
    pub const CHARGE_TRIP: usize = 9;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("book-trip", service::BOOKING)
            .begins()
            .creates(entity::TRIP)
            .publishes([message::TRIP_REQUESTED]),
        Step::of("request-cancel", service::BOOKING)
            .asked()
            .loads(RowUse::own(entity::TRIP).from([0]).moved_to(1))
            .publishes([message::CANCEL_REQUESTED]),
        Step::of("confirm-trip", service::BOOKING)
            .needs(Need::of([message::TRIP_PAID_SUCCESS]).excluded_by([message::TRIP_PAID_FAILURE]))
            .loads(RowUse::own(entity::TRIP).moved_to(2)),
        Step::of("cancel-trip", service::BOOKING)
            .needs(Need::of([message::TRIP_PAID_FAILURE]).excluded_by([message::TRIP_PAID_SUCCESS]))
            .loads(RowUse::own(entity::TRIP).moved_to(3)),
        Step::of("reserve-flight", service::FLIGHT)
            .needs(message::TRIP_REQUESTED)
            .kept()
            .publishes([message::FLIGHT_RESERVED_SUCCESS])
            .rejects_with(message::FLIGHT_RESERVED_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::TRIP_PAID_FAILURE] }),
        Step::of("reserve-hotel", service::HOTEL)
            .needs(message::TRIP_REQUESTED)
            .kept()
            .publishes([message::HOTEL_RESERVED_SUCCESS])
            .rejects_with(message::HOTEL_RESERVED_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::TRIP_PAID_FAILURE] }),
        Step::of("reserve-car", service::CAR)
            .needs(message::TRIP_REQUESTED)
            .kept()
            .creates(entity::RENTAL)
            .publishes([message::CAR_RESERVED_SUCCESS])
            .rejects_with(message::CAR_RESERVED_FAILURE),
        Step::of("rent-car", service::CAR)
            .needs(Need::of([message::TRIP_PAID_SUCCESS]).excluded_by([message::TRIP_PAID_FAILURE]))
            .loads(RowUse::own(entity::RENTAL).moved_to(1)),
        Step::of("release-car", service::CAR)
            .needs(Need::of([message::TRIP_PAID_FAILURE]).excluded_by([message::TRIP_PAID_SUCCESS]))
            .kept()
            .loads(RowUse::own(entity::RENTAL).or_waits().moved_to(2)),
        Step::of("charge-trip", service::PAYMENT)
            .needs(message::TRIP_REQUESTED)
            .needs(message::FLIGHT_RESERVED_SUCCESS)
            .needs(message::HOTEL_RESERVED_SUCCESS)
            .needs(message::CAR_RESERVED_SUCCESS)
            .closed_by([
                message::FLIGHT_RESERVED_FAILURE,
                message::HOTEL_RESERVED_FAILURE,
                message::CAR_RESERVED_FAILURE,
                message::CANCEL_REQUESTED,
            ])
            .deadline()
            .calls()
            .kept()
            .publishes([message::TRIP_PAID_SUCCESS])
            .rejects_with(message::TRIP_PAID_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::TRIP_PAID_FAILURE] }),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Open, Phase::Done, Phase::Failed], [step::BOOK_TRIP]),
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::RESERVE_CAR]),
    ];
    Flow::new(5, 10, steps, entities, vec![])
}
