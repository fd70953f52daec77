// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `payment`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use trip_contracts::events::{
    FreeRoomCommand, FreeSeatCommand, RoomTaken, SeatTaken, TripPaid, TripRequested,
};
use trip_contracts::flow::{FLOW, message, service, step};
use trip_contracts::payment::Handlers;

/// The service `payment`.
pub struct PaymentService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `trip-requested`.
    TripRequested(TripRequested),
    /// From topic `seat-taken`.
    SeatTaken(SeatTaken),
    /// From topic `room-taken`.
    RoomTaken(RoomTaken),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `pay-trip` has seen of each saga.
    pub pay_trip: StepRows<PayTripInputs>,
}

/// What `pay-trip` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PayTripInputs {
    /// `TripRequested`, once it has arrived.
    pub trip_requested: Option<TripRequested>,
    /// `SeatTaken.success`, once it has arrived.
    pub seat_taken: Option<SeatTaken>,
    /// `RoomTaken.success`, once it has arrived.
    pub room_taken: Option<RoomTaken>,
}

impl Inputs for PayTripInputs {
    const STEP: &'static str = "pay-trip";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.trip_requested.is_some(),
            1 => self.seat_taken.is_some(),
            _ => self.room_taken.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::TripRequested(event) => self.trip_requested = Some(event.clone()),
            Input::SeatTaken(event) => self.seat_taken = Some(event.clone()),
            Input::RoomTaken(event) => self.room_taken = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.pay_trip]
    }
}

impl<H: Handlers> Service for PaymentService<H> {
    const SAGA: &'static str = "trip";
    const NAME: &'static str = "payment";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[TripRequested::TOPIC, SeatTaken::TOPIC, RoomTaken::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[
        TripPaid::TOPIC,
        FreeSeatCommand::TOPIC,
        FreeRoomCommand::TOPIC,
    ];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("pay-trip", &[TripRequested::TOPIC, SeatTaken::TOPIC, RoomTaken::TOPIC]),
    ];
    const AT: usize = service::PAYMENT;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        Vec::new()
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            TripRequested::TOPIC => saga_runtime::decode(body).map(Input::TripRequested),
            SeatTaken::TOPIC => saga_runtime::decode(body).map(Input::SeatTaken),
            RoomTaken::TOPIC => saga_runtime::decode(body).map(Input::RoomTaken),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::TripRequested(_) => message::TRIP_REQUESTED,
            Input::SeatTaken(event) => match Outcome::of(event.taken) {
                Outcome::Success => message::SEAT_TAKEN_SUCCESS,
                Outcome::Failure => message::SEAT_TAKEN_FAILURE,
            },
            Input::RoomTaken(event) => match Outcome::of(event.taken) {
                Outcome::Success => message::ROOM_TAKEN_SUCCESS,
                Outcome::Failure => message::ROOM_TAKEN_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::TripRequested(event) => &event.trip_id,
            Input::SeatTaken(event) => &event.trip_id,
            Input::RoomTaken(event) => &event.trip_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::PAY_TRIP => Some(&mut rows.pay_trip),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::PAY_TRIP => self.pay_trip(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::PAY_TRIP => fail_pay_trip(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn command(&self, step: usize, command: usize, cx: &mut Context<'_>) {
        match (step, command) {
            (step::PAY_TRIP, 0) => send_free_seat(cx),
            (step::PAY_TRIP, 1) => send_free_room(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> PaymentService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `pay-trip`: everything is there, so publishes `TripPaid`.
    fn pay_trip(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.pay_trip.inputs(cx.key);
        let (Some(trip_requested), Some(seat_taken), Some(room_taken)) = (
            &inputs.trip_requested,
            &inputs.seat_taken,
            &inputs.room_taken,
        ) else {
            return Err(Halt::unexpected("pay-trip"));
        };
        let answer = self.handlers.pay_trip(trip_requested, seat_taken, room_taken)?;
        let event = TripPaid {
            trip_id: trip_requested.trip_id,
            receipt: answer.receipt,
            reason: None,
            paid: true,
        };
        cx.out.emit("pay-trip", &event);
        Ok(0)
    }
}

/// `pay-trip` fails: publishes `TripPaid.failure`.
fn fail_pay_trip(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            TripPaid {
                trip_id: *cx.correlation,
                receipt: "none".to_owned(),
                reason: Some(rejection.reason.clone()),
                paid: false,
            }
        }
        (Failing::Closed, Some(Input::SeatTaken(_))) => {
            TripPaid {
                trip_id: *cx.correlation,
                receipt: "none".to_owned(),
                reason: Some("SeatTaken.failure".to_owned()),
                paid: false,
            }
        }
        (Failing::Closed, Some(Input::RoomTaken(_))) => {
            TripPaid {
                trip_id: *cx.correlation,
                receipt: "none".to_owned(),
                reason: Some("RoomTaken.failure".to_owned()),
                paid: false,
            }
        }
        _ => return cx.out.unexpected("pay-trip"),
    };
    cx.out.emit("pay-trip", &failure);
}

/// `pay-trip` failed although `take-seat` had succeeded: sends its compensation.
fn send_free_seat(cx: &mut Context<'_>) {
    let inputs = cx.rows.pay_trip.inputs(cx.key);
    let Some(seat_taken) = &inputs.seat_taken else {
        return cx.out.unexpected("pay-trip");
    };
    let command = FreeSeatCommand {
        trip_id: seat_taken.trip_id,
        seat_id: seat_taken.seat_id,
        block_id: seat_taken.block_id,
    };
    cx.out.emit("pay-trip", &command);
}

/// `pay-trip` failed although `take-room` had succeeded: sends its compensation.
fn send_free_room(cx: &mut Context<'_>) {
    let inputs = cx.rows.pay_trip.inputs(cx.key);
    let Some(room_taken) = &inputs.room_taken else {
        return cx.out.unexpected("pay-trip");
    };
    let command = FreeRoomCommand { trip_id: room_taken.trip_id, room_id: room_taken.room_id };
    cx.out.emit("pay-trip", &command);
}
