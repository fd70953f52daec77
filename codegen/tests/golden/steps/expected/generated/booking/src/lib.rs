// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `booking`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use saga_runtime::{
    Answer, AnySteps, AnyTable, Context, Effect, Event, Fault, IdempotencyClaims, Inputs,
    Moved, Outcome, Refusal, Routes, Service, StepRows, Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use trip_contracts::booking::{BookTrip, Handlers, Note, Trip, TripStatus};
use trip_contracts::events::{RoomTaken, SeatTaken, TripEnded, TripPaid, TripRequested};

/// The service `booking`.
pub struct BookingService<H> {
    handlers: H,
}

/// The messages the service reads.
pub enum Input {
    /// From topic `seat-taken`.
    SeatTaken(SeatTaken),
    /// From topic `trip-paid`.
    TripPaid(TripPaid),
    /// From topic `room-taken`.
    RoomTaken(RoomTaken),
}

/// The requests that write.
pub enum Request {
    /// `POST /trips`.
    BookTrip(BookTrip),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `note_tb`.
    pub note: Table<Note>,
    /// The rows of `trip_tb`.
    pub trip: Table<Trip>,
    /// What `note-both` has seen of each saga.
    pub note_both: StepRows<NoteBothInputs>,
}

/// What `note-both` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NoteBothInputs {
    /// `SeatTaken.success`, once it has arrived.
    pub seat_taken: Option<SeatTaken>,
    /// `RoomTaken.success`, once it has arrived.
    pub room_taken: Option<RoomTaken>,
}

impl Inputs for NoteBothInputs {
    const STEP: &'static str = "note-both";

    fn complete(&self) -> bool {
        self.seat_taken.is_some() && self.room_taken.is_some()
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.note, &mut self.trip]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.note_both]
    }
}

impl<H: Handlers> Service for BookingService<H> {
    const SAGA: &'static str = "trip";
    const NAME: &'static str = "booking";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[SeatTaken::TOPIC, TripPaid::TOPIC, RoomTaken::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[TripRequested::TOPIC, TripEnded::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("seat-trip", &[SeatTaken::TOPIC]),
        ("confirm-trip", &[TripPaid::TOPIC]),
        ("cancel-trip", &[TripPaid::TOPIC]),
        ("note-payment", &[TripPaid::TOPIC]),
        ("note-both", &[SeatTaken::TOPIC, RoomTaken::TOPIC]),
    ];

    type Input = Input;
    type Request = Request;
    type Rows = Rows;

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Note>(), TableSchema::of::<Trip>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.create::<BookTrip>("/trips", Request::BookTrip, r#"{"price":1,"seatId":1,"roomId":1}"#)
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            SeatTaken::TOPIC => saga_runtime::decode(body).map(Input::SeatTaken),
            TripPaid::TOPIC => saga_runtime::decode(body).map(Input::TripPaid),
            RoomTaken::TOPIC => saga_runtime::decode(body).map(Input::RoomTaken),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn lock_steps(&self, input: &Input, rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::SeatTaken(event) => rows.note_both.lock(event.trip_id),
            Input::TripPaid(event) => claims.claim("note-payment", event.trip_id),
            Input::RoomTaken(event) => rows.note_both.lock(event.trip_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::SeatTaken(event) => {
                rows.trip.lock(&event.trip_id);
                rows.note.reserve_new();
            }
            Input::TripPaid(event) => {
                rows.trip.lock(&event.trip_id);
                rows.note.reserve_new();
            }
            Input::RoomTaken(_) => rows.note.reserve_new(),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::SeatTaken(event) => match Outcome::of(event.taken) {
                Outcome::Success => {
                    seat_trip(event, cx);
                    self.note_both_on_seat_taken(event, cx)?;
                }
                Outcome::Failure => {
                    cx.rows.note_both.row(event.trip_id).leave();
                }
            },
            Input::TripPaid(event) => match Outcome::of(event.paid) {
                Outcome::Success => {
                    confirm_trip(event, cx)?;
                    self.note_payment(event, cx)?;
                }
                Outcome::Failure => cancel_trip(event, cx),
            },
            Input::RoomTaken(event) => match Outcome::of(event.taken) {
                Outcome::Success => self.note_both_on_room_taken(event, cx)?,
                Outcome::Failure => {
                    cx.rows.note_both.row(event.trip_id).leave();
                }
            },
        }
        Ok(())
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::BookTrip(_) => rows.trip.reserve_new(),
        }
    }

    fn answer(&self, request: &Request, cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::BookTrip(body) => self.book_trip(body, cx),
        }
    }
}

impl<H: Handlers> BookingService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `book-trip`: creates a `Trip` and publishes `TripRequested`.
    fn book_trip(&self, body: &BookTrip, cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.book_trip(body)?;
        let trip = cx.rows.trip.create(|id| Trip {
            id,
            price: body.price,
            seat_id: body.seat_id,
            room_id: body.room_id,
            status: TripStatus::Pending,
        })?;
        let event = TripRequested {
            trip_id: trip.id,
            seat_id: body.seat_id,
            room_id: body.room_id,
            price: body.price,
        };
        cx.out.emit("book-trip", &event);
        Answer::created(trip)
    }

    /// `note-payment`: on `TripPaid.success`, creates a `Note`.
    fn note_payment(&self, trip_paid: &TripPaid, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        if !cx.out.first_run("note-payment", trip_paid.trip_id) {
            return Ok(());
        }
        let answer = self.handlers.note_payment(trip_paid);
        cx.rows.note
            .create(|id| Note { id, trip_id: trip_paid.trip_id, text: answer.text })
            .map_err(Fault::Rejected)?;
        cx.out.done("note-payment", trip_paid.trip_id);
        Ok(())
    }

    /// `SeatTaken.success` reaches `note-both`.
    fn note_both_on_seat_taken(&self, event: &SeatTaken, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        let step = cx.rows.note_both.row(event.trip_id);
        match step.arrive(|inputs| &mut inputs.seat_taken, event) {
            Effect::Run => self.note_both(event.trip_id, cx)?,
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
        Ok(())
    }

    /// `RoomTaken.success` reaches `note-both`.
    fn note_both_on_room_taken(&self, event: &RoomTaken, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        let step = cx.rows.note_both.row(event.trip_id);
        match step.arrive(|inputs| &mut inputs.room_taken, event) {
            Effect::Run => self.note_both(event.trip_id, cx)?,
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
        Ok(())
    }

    /// `note-both`: everything is there, so creates a `Note`.
    fn note_both(&self, correlation: i64, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        let step = cx.rows.note_both.row(correlation);
        let NoteBothInputs {
            seat_taken: Some(seat_taken),
            room_taken: Some(room_taken),
        } = &step.inputs else {
            return Ok(());
        };
        let answer = self.handlers.note_both(seat_taken, room_taken);
        cx.rows.note
            .create(|id| Note { id, trip_id: seat_taken.trip_id, text: answer.text })
            .map_err(Fault::Rejected)?;
        cx.out.done("note-both", correlation);
        step.ended(true);
        Ok(())
    }
}

/// `seat-trip`: on `SeatTaken.success`, moves the `Trip` to `SEATED`.
fn seat_trip(seat_taken: &SeatTaken, cx: &mut Context<'_, Rows>) {
    let moved = cx.rows.trip.advance(&seat_taken.trip_id, TripStatus::Seated);
    cx.out.moved("seat-trip", seat_taken.trip_id, moved, TripStatus::Seated);
}

/// `confirm-trip`: on `TripPaid.success`, moves the `Trip` to `CONFIRMED` and
/// publishes `TripEnded`.
fn confirm_trip(trip_paid: &TripPaid, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
    let moved = cx.rows.trip.advance(&trip_paid.trip_id, TripStatus::Confirmed);
    cx.out.moved("confirm-trip", trip_paid.trip_id, moved, TripStatus::Confirmed);
    if moved != Moved::Moved {
        return Ok(());
    }
    let decided = cx.rows.trip.change(&trip_paid.trip_id, |trip| {
        Ok(TripEnded { trip_id: trip_paid.trip_id, price: trip.price })
    });
    let event = decided.map_err(Fault::Rejected)?;
    cx.out.emit("confirm-trip", &event);
    Ok(())
}

/// `cancel-trip`: on `TripPaid.failure`, moves the `Trip` to `CANCELLED`.
fn cancel_trip(trip_paid: &TripPaid, cx: &mut Context<'_, Rows>) {
    let moved = cx.rows.trip.advance(&trip_paid.trip_id, TripStatus::Cancelled);
    cx.out.moved("cancel-trip", trip_paid.trip_id, moved, TripStatus::Cancelled);
}
