//! Steps of every shape, several of them on one message, in simulated worlds.
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
use saga_runtime::Rejection;

use saga_simulation::{Draw, Faults, Hosted, Saga};

struct Handlers(Faults);

impl booking::Handlers for Handlers {
    fn note_payment(&self, _: &TripPaid) -> NotePayment {
        NotePayment { text: String::new() }
    }

    fn note_both(&self, _: &SeatTaken, _: &RoomTaken) -> NoteBoth {
        NoteBoth { text: String::new() }
    }
}

impl seats::Handlers for Handlers {
    fn take_seat(&self, _: &mut Seat, _: &TripRequested) -> Result<(), Rejection> {
        self.0.chance()
    }

    fn count_seat(&self, _: &mut Seat, _: &TripRequested) {}

    fn free_seat(&self, _: &mut Seat, _: &mut Block, _: &FreeSeatCommand) {}
}

impl rooms::Handlers for Handlers {
    fn take_room(&self, _: &mut Room, _: &TripRequested) -> Result<(), Rejection> {
        self.0.chance()
    }

    fn prepare_room(&self, _: &mut Room, _: &TripRequested, _: &TripPaid) {}

    fn free_room(&self, _: &mut Room, _: &FreeRoomCommand) {}
}

impl payment::Handlers for Handlers {
    fn pay_trip(&self, _: &TripRequested, _: &SeatTaken, _: &RoomTaken) -> Result<PayTrip, Rejection> {
        self.0.chance().map(|()| PayTrip { receipt: String::new() })
    }
}

fn book_trip(draw: &mut Draw) -> Request {
    // A seat must be there: it is counted by a step that cannot fail.
    let room_id = *draw.rng.one_of(&[1, 1, 1, 1, 99]).expect("some");
    Request::BookTrip(BookTrip { price: draw.number.into(), seat_id: 1, room_id })
}

fn saga() -> Saga {
    let services = vec![
        Hosted::new(|faults| booking_service::BookingService::new(Handlers(faults.clone())))
            .asked("/trips", "price", book_trip)
            .any(),
        Hosted::new(|faults| seats_service::SeatsService::new(Handlers(faults.clone())))
            .filled(|rows| drop(rows.seat.insert(Seat { id: 1, row: 1, free: true })))
            .any(),
        Hosted::new(|faults| rooms_service::RoomsService::new(Handlers(faults.clone())))
            .filled(|rows| drop(rows.room.insert(Room { id: 1, free: true })))
            .any(),
        Hosted::new(|faults| payment_service::PaymentService::new(Handlers(faults.clone()))).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../codegen/tests/golden/steps/saga.yaml"), services)
}

#[test]
fn seeds() {
    saga_simulation::live(saga(), "steps");
}
