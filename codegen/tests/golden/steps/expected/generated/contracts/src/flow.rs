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
    /// `seats`.
    pub const SEATS: usize = 1;
    /// `rooms`.
    pub const ROOMS: usize = 2;
    /// `payment`.
    pub const PAYMENT: usize = 3;
}

/// The places of the entities.
pub mod entity {
    /// `Trip`.
    pub const TRIP: usize = 0;
    /// `Note`.
    pub const NOTE: usize = 1;
    /// `Block`.
    pub const BLOCK: usize = 2;
}

/// The places of the messages.
pub mod message {
    /// `TripRequested`.
    pub const TRIP_REQUESTED: usize = 0;
    /// `SeatTaken.success`.
    pub const SEAT_TAKEN_SUCCESS: usize = 1;
    /// `SeatTaken.failure`.
    pub const SEAT_TAKEN_FAILURE: usize = 2;
    /// `RoomTaken.success`.
    pub const ROOM_TAKEN_SUCCESS: usize = 3;
    /// `RoomTaken.failure`.
    pub const ROOM_TAKEN_FAILURE: usize = 4;
    /// `SeatPrinted`.
    pub const SEAT_PRINTED: usize = 5;
    /// `TripPaid.success`.
    pub const TRIP_PAID_SUCCESS: usize = 6;
    /// `TripPaid.failure`.
    pub const TRIP_PAID_FAILURE: usize = 7;
    /// `TripEnded`.
    pub const TRIP_ENDED: usize = 8;
    /// `FreeSeatCommand`.
    pub const FREE_SEAT_COMMAND: usize = 9;
    /// `FreeRoomCommand`.
    pub const FREE_ROOM_COMMAND: usize = 10;
}

/// The places of the steps.
pub mod step {
    /// `book-trip`.
    pub const BOOK_TRIP: usize = 0;
    /// `seat-trip`.
    pub const SEAT_TRIP: usize = 1;
    /// `confirm-trip`.
    pub const CONFIRM_TRIP: usize = 2;
    /// `cancel-trip`.
    pub const CANCEL_TRIP: usize = 3;
    /// `note-payment`.
    pub const NOTE_PAYMENT: usize = 4;
    /// `note-both`.
    pub const NOTE_BOTH: usize = 5;
    /// `take-seat`.
    pub const TAKE_SEAT: usize = 6;
    /// `count-seat`.
    pub const COUNT_SEAT: usize = 7;
    /// `take-room`.
    pub const TAKE_ROOM: usize = 8;
    /// `prepare-room`.
    pub const PREPARE_ROOM: usize = 9;
    /// `pay-trip`.
    pub const PAY_TRIP: usize = 10;
    /// `free-seat`.
    pub const FREE_SEAT: usize = 11;
    /// `free-room`.
    pub const FREE_ROOM: usize = 12;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("book-trip", service::BOOKING)
            .begins()
            .creates(entity::TRIP)
            .publishes([message::TRIP_REQUESTED]),
        Step::of("seat-trip", service::BOOKING)
            .needs(Need::of([message::SEAT_TAKEN_SUCCESS]).excluded_by([message::SEAT_TAKEN_FAILURE]))
            .loads(RowUse::own(entity::TRIP).moved_to(1)),
        Step::of("confirm-trip", service::BOOKING)
            .needs(Need::of([message::TRIP_PAID_SUCCESS]).excluded_by([message::TRIP_PAID_FAILURE]))
            .loads(RowUse::own(entity::TRIP).moved_to(2))
            .publishes([message::TRIP_ENDED]),
        Step::of("cancel-trip", service::BOOKING)
            .needs(Need::of([message::TRIP_PAID_FAILURE]).excluded_by([message::TRIP_PAID_SUCCESS]))
            .loads(RowUse::own(entity::TRIP).moved_to(3)),
        Step::of("note-payment", service::BOOKING)
            .needs(Need::of([message::TRIP_PAID_SUCCESS]).excluded_by([message::TRIP_PAID_FAILURE]))
            .creates(entity::NOTE),
        Step::of("note-both", service::BOOKING)
            .needs(Need::of([message::SEAT_TAKEN_SUCCESS]).excluded_by([message::SEAT_TAKEN_FAILURE]))
            .needs(Need::of([message::ROOM_TAKEN_SUCCESS]).excluded_by([message::ROOM_TAKEN_FAILURE]))
            .kept()
            .creates(entity::NOTE),
        Step::of("take-seat", service::SEATS)
            .needs(message::TRIP_REQUESTED)
            .creates(entity::BLOCK)
            .publishes([message::SEAT_TAKEN_SUCCESS, message::SEAT_PRINTED])
            .rejects_with(message::SEAT_TAKEN_FAILURE)
            .undone(Compensation::Command),
        Step::of("count-seat", service::SEATS).needs(message::TRIP_REQUESTED),
        Step::of("take-room", service::ROOMS)
            .needs(message::TRIP_REQUESTED)
            .publishes([message::ROOM_TAKEN_SUCCESS])
            .rejects_with(message::ROOM_TAKEN_FAILURE)
            .undone(Compensation::Command),
        Step::of("prepare-room", service::ROOMS)
            .needs(message::TRIP_REQUESTED)
            .needs(Need::of([message::TRIP_PAID_SUCCESS]).excluded_by([message::TRIP_PAID_FAILURE]))
            .kept(),
        Step::of("pay-trip", service::PAYMENT)
            .needs(message::TRIP_REQUESTED)
            .needs(message::SEAT_TAKEN_SUCCESS)
            .needs(message::ROOM_TAKEN_SUCCESS)
            .closed_by([message::SEAT_TAKEN_FAILURE, message::ROOM_TAKEN_FAILURE])
            .kept()
            .publishes([message::TRIP_PAID_SUCCESS])
            .rejects_with(message::TRIP_PAID_FAILURE)
            .owes(1, message::FREE_SEAT_COMMAND)
            .owes(2, message::FREE_ROOM_COMMAND),
        Step::of("free-seat", service::SEATS)
            .needs(message::FREE_SEAT_COMMAND)
            .loads(RowUse::own(entity::BLOCK).in_any_status())
            .compensates(step::TAKE_SEAT),
        Step::of("free-room", service::ROOMS).needs(message::FREE_ROOM_COMMAND).compensates(step::TAKE_ROOM),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Open, Phase::Done, Phase::Failed], [step::BOOK_TRIP]),
        Entity::of([Phase::Open], [step::NOTE_PAYMENT, step::NOTE_BOTH]),
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::TAKE_SEAT]),
    ];
    Flow::new(4, 11, steps, entities, vec![])
}
