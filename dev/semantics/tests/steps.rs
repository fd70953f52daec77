//! Steps of every shape, several of them on one message, do what is proved of them.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `trip_contracts` to them.
extern crate self as trip_contracts;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/contracts/src/booking.rs"]
pub mod booking;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/contracts/src/database/booking.rs"]
mod booking_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/booking/src/lib.rs"]
mod booking_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/contracts/src/payment.rs"]
pub mod payment;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/payment/src/lib.rs"]
mod payment_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/contracts/src/rooms.rs"]
pub mod rooms;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/contracts/src/database/rooms.rs"]
mod rooms_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/rooms/src/lib.rs"]
mod rooms_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/contracts/src/seats.rs"]
pub mod seats;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/contracts/src/database/seats.rs"]
mod seats_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/steps/expected/generated/seats/src/lib.rs"]
mod seats_service;

use crate::booking::{BookTrip, NoteBoth, NotePayment};
use crate::booking_service::Request;
use crate::events::{FreeRoomCommand, FreeSeatCommand, RoomTaken, SeatTaken, TripPaid, TripRequested};
use crate::payment::PayTrip;
use crate::rooms::Room;
use crate::seats::{Block, Seat};
use saga_runtime::{Event as _, Rejection};

use saga_semantics::{AnyPlace, Place, Saga, Script, Sent};

struct Handlers(Script);

impl booking::Handlers for Handlers {
    fn note_payment(&self, _: &TripPaid) -> NotePayment {
        self.0.does("note-payment");
        NotePayment { text: String::new() }
    }

    fn note_both(&self, _: &SeatTaken, _: &RoomTaken) -> NoteBoth {
        self.0.does("note-both");
        NoteBoth { text: String::new() }
    }
}

impl seats::Handlers for Handlers {
    fn take_seat(&self, _: &mut Seat, _: &TripRequested) -> Result<(), Rejection> {
        self.0.decides("take-seat")
    }

    fn count_seat(&self, _: &mut Seat, _: &TripRequested) {
        self.0.does("count-seat");
    }

    fn free_seat(&self, _: &mut Seat, _: &mut Block, _: &FreeSeatCommand) {
        self.0.does("free-seat");
    }
}

impl rooms::Handlers for Handlers {
    fn take_room(&self, _: &mut Room, _: &TripRequested) -> Result<(), Rejection> {
        self.0.decides("take-room")
    }

    fn prepare_room(&self, _: &mut Room, _: &TripRequested, _: &TripPaid) {
        self.0.does("prepare-room");
    }

    fn free_room(&self, _: &mut Room, _: &FreeRoomCommand) {
        self.0.does("free-room");
    }
}

impl payment::Handlers for Handlers {
    fn pay_trip(&self, _: &TripRequested, _: &SeatTaken, _: &RoomTaken) -> Result<PayTrip, Rejection> {
        self.0.decides("pay-trip").map(|()| PayTrip { receipt: String::new() })
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    let seats = Place::new(seats_service::SeatsService::new(handlers()));
    let rooms = Place::new(rooms_service::RoomsService::new(handlers()));
    vec![
        Place::new(booking_service::BookingService::new(handlers())).asked(request).any(),
        seats.with(|rows| drop(rows.seat.insert(Seat { id: 1, row: 1, free: true }))).any(),
        rooms.with(|rows| drop(rows.room.insert(Room { id: 1, free: true }))).any(),
        Place::new(payment_service::PaymentService::new(handlers())).any(),
    ]
}

fn request(_: usize) -> Request {
    Request::BookTrip(BookTrip { price: 1, seat_id: 1, room_id: 1 })
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../codegen/tests/golden/steps/saga.yaml", services).agrees();
}

#[test]
fn a_compensation_whose_row_is_missing_is_a_fault() {
    let body = r#"{"tripId":1,"seatId":1,"blockId":7}"#.into();
    let command = Sent { topic: FreeSeatCommand::TOPIC, key: "1".to_owned(), body };
    let fault = services(&Script::default()).remove(1).receive(&command).expect_err("there is no block");
    assert!(fault.contains("NothingToCompensate"), "{fault}");
}
