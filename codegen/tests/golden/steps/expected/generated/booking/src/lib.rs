// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `booking`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, RowStatus, Service, StepRows, Steps, Table, TableSchema,
    Undecodable,
};
use serde::{Deserialize, Serialize};
use trip_contracts::booking::{BookTrip, Handlers, Note, Trip, TripStatus};
use trip_contracts::events::{RoomTaken, SeatTaken, TripEnded, TripPaid, TripRequested};
use trip_contracts::flow::{FLOW, message, service, step};

/// The service `booking`.
pub struct BookingService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

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

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.seat_taken.is_some(),
            _ => self.room_taken.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::SeatTaken(event) => self.seat_taken = Some(event.clone()),
            Input::RoomTaken(event) => self.room_taken = Some(event.clone()),
            _ => {}
        }
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
    const AT: usize = service::BOOKING;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

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

    fn message(input: &Input) -> usize {
        match input {
            Input::SeatTaken(event) => match Outcome::of(event.taken) {
                Outcome::Success => message::SEAT_TAKEN_SUCCESS,
                Outcome::Failure => message::SEAT_TAKEN_FAILURE,
            },
            Input::TripPaid(event) => match Outcome::of(event.paid) {
                Outcome::Success => message::TRIP_PAID_SUCCESS,
                Outcome::Failure => message::TRIP_PAID_FAILURE,
            },
            Input::RoomTaken(event) => match Outcome::of(event.taken) {
                Outcome::Success => message::ROOM_TAKEN_SUCCESS,
                Outcome::Failure => message::ROOM_TAKEN_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::SeatTaken(event) => &event.trip_id,
            Input::TripPaid(event) => &event.trip_id,
            Input::RoomTaken(event) => &event.trip_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::NOTE_BOTH => Some(&mut rows.note_both),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        match step {
            step::SEAT_TRIP | step::CONFIRM_TRIP | step::CANCEL_TRIP => rows.trip.lock(at.correlation),
            step::NOTE_PAYMENT | step::NOTE_BOTH => rows.note.reserve_new(),
            _ => {}
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::SEAT_TRIP | step::CONFIRM_TRIP | step::CANCEL_TRIP, 0) => {
                cx.rows.trip.status(cx.correlation)
            }
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::SEAT_TRIP, Some(Input::SeatTaken(event))) => seat_trip(event, cx),
            (step::CONFIRM_TRIP, Some(Input::TripPaid(event))) => confirm_trip(event, cx),
            (step::CANCEL_TRIP, Some(Input::TripPaid(event))) => cancel_trip(event, cx),
            (step::NOTE_PAYMENT, Some(Input::TripPaid(event))) => self.note_payment(event, cx),
            (step::NOTE_BOTH, _) => self.note_both(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::BookTrip(_) => {
                rows.trip.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
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
    fn book_trip(&self, body: &BookTrip, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
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
    fn note_payment(&self, trip_paid: &TripPaid, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let answer = self.handlers.note_payment(trip_paid);
        cx.rows.note.create(|id| Note { id, trip_id: trip_paid.trip_id, text: answer.text })?;
        cx.out.done("note-payment", cx.key);
        Ok(0)
    }

    /// `note-both`: everything is there, so creates a `Note`.
    fn note_both(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.note_both.inputs(cx.key);
        let (Some(seat_taken), Some(room_taken)) = (&inputs.seat_taken, &inputs.room_taken) else {
            return Err(Halt::unexpected("note-both"));
        };
        let answer = self.handlers.note_both(seat_taken, room_taken);
        cx.rows.note.create(|id| Note { id, trip_id: seat_taken.trip_id, text: answer.text })?;
        cx.out.done("note-both", cx.key);
        Ok(0)
    }
}

/// `seat-trip`: on `SeatTaken.success`, moves the `Trip` to `SEATED`.
fn seat_trip(seat_taken: &SeatTaken, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.trip.set_status(&seat_taken.trip_id, TripStatus::Seated);
    cx.out.moved("seat-trip", cx.key, TripStatus::Seated);
    Ok(0)
}

/// `confirm-trip`: on `TripPaid.success`, moves the `Trip` to `CONFIRMED` and
/// publishes `TripEnded`.
fn confirm_trip(trip_paid: &TripPaid, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.trip.set_status(&trip_paid.trip_id, TripStatus::Confirmed);
    cx.out.moved("confirm-trip", cx.key, TripStatus::Confirmed);
    let trip = cx.rows.trip.row(&trip_paid.trip_id)?;
    let event = TripEnded { trip_id: trip_paid.trip_id, price: trip.price };
    cx.out.emit("confirm-trip", &event);
    Ok(0)
}

/// `cancel-trip`: on `TripPaid.failure`, moves the `Trip` to `CANCELLED`.
fn cancel_trip(trip_paid: &TripPaid, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.trip.set_status(&trip_paid.trip_id, TripStatus::Cancelled);
    cx.out.moved("cancel-trip", cx.key, TripStatus::Cancelled);
    Ok(0)
}
