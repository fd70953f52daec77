// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `payment`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, Context, Effect, Event, Fault, IdempotencyClaims, Inputs,
    Outcome, Outgoing, Refusal, Routes, Service, StepRows, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use trip_contracts::events::{
    FreeRoomCommand, FreeSeatCommand, RoomTaken, SeatTaken, TripPaid, TripRequested,
};
use trip_contracts::payment::Handlers;

/// The service `payment`.
pub struct PaymentService<H> {
    handlers: H,
}

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

    fn complete(&self) -> bool {
        self.trip_requested.is_some() && self.seat_taken.is_some()
            && self.room_taken.is_some()
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

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, rows: &mut Rows, _claims: &mut IdempotencyClaims) {
        match input {
            Input::TripRequested(event) => rows.pay_trip.lock(event.trip_id),
            Input::SeatTaken(event) => rows.pay_trip.lock(event.trip_id),
            Input::RoomTaken(event) => rows.pay_trip.lock(event.trip_id),
        }
    }

    fn lock_rows(&self, _input: &Input, _rows: &mut Rows) {}

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::TripRequested(event) => self.pay_trip_on_trip_requested(event, cx),
            Input::SeatTaken(event) => match Outcome::of(event.taken) {
                Outcome::Success => self.pay_trip_on_seat_taken(event, cx),
                Outcome::Failure => close_pay_trip_on_seat_taken(event, cx),
            },
            Input::RoomTaken(event) => match Outcome::of(event.taken) {
                Outcome::Success => self.pay_trip_on_room_taken(event, cx),
                Outcome::Failure => close_pay_trip_on_room_taken(event, cx),
            },
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> PaymentService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `TripRequested` reaches `pay-trip`.
    fn pay_trip_on_trip_requested(&self, event: &TripRequested, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.pay_trip.row(event.trip_id);
        match step.arrive(|inputs| &mut inputs.trip_requested, event) {
            Effect::Run => self.pay_trip(event.trip_id, cx),
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
    }

    /// `SeatTaken.success` reaches `pay-trip`.
    fn pay_trip_on_seat_taken(&self, event: &SeatTaken, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.pay_trip.row(event.trip_id);
        match step.arrive(|inputs| &mut inputs.seat_taken, event) {
            Effect::Run => self.pay_trip(event.trip_id, cx),
            Effect::Late => send_free_seat(event, cx.out),
            Effect::Wait | Effect::Fail | Effect::Absorb => {}
        }
    }

    /// `RoomTaken.success` reaches `pay-trip`.
    fn pay_trip_on_room_taken(&self, event: &RoomTaken, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.pay_trip.row(event.trip_id);
        match step.arrive(|inputs| &mut inputs.room_taken, event) {
            Effect::Run => self.pay_trip(event.trip_id, cx),
            Effect::Late => send_free_room(event, cx.out),
            Effect::Wait | Effect::Fail | Effect::Absorb => {}
        }
    }

    /// `pay-trip`: everything is there, so publishes `TripPaid`.
    fn pay_trip(&self, correlation: i64, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.pay_trip.row(correlation);
        let PayTripInputs {
            trip_requested: Some(trip_requested),
            seat_taken: Some(seat_taken),
            room_taken: Some(room_taken),
        } = &step.inputs else {
            return;
        };
        let decided = cx.out
            .decide("pay-trip", || self.handlers.pay_trip(trip_requested, seat_taken, room_taken))
            .map(|answer| TripPaid {
                trip_id: trip_requested.trip_id,
                receipt: answer.receipt,
                reason: None,
                paid: true,
            });
        let succeeded = decided.is_ok();
        match decided {
            Ok(event) => cx.out.emit("pay-trip", &event),
            Err(rejection) => {
                cx.out.rejected("pay-trip", correlation, &rejection);
                let failure = TripPaid {
                    trip_id: trip_requested.trip_id,
                    receipt: "none".to_owned(),
                    reason: Some(rejection.reason.clone()),
                    paid: false,
                };
                cx.out.emit("pay-trip", &failure);
                send_free_seat(seat_taken, cx.out);
                send_free_room(room_taken, cx.out);
            }
        }
        step.ended(succeeded);
    }
}

/// `SeatTaken.failure` closes `pay-trip`: publishes `TripPaid.failure` without
/// asking the handler.
fn close_pay_trip_on_seat_taken(event: &SeatTaken, cx: &mut Context<'_, Rows>) {
    let step = cx.rows.pay_trip.row(event.trip_id);
    if step.close() != Effect::Fail {
        return;
    }
    let failure = TripPaid {
        trip_id: event.trip_id,
        receipt: "none".to_owned(),
        reason: Some("SeatTaken.failure".to_owned()),
        paid: false,
    };
    cx.out.emit("pay-trip", &failure);
    if let Some(seat_taken) = &step.inputs.seat_taken {
        send_free_seat(seat_taken, cx.out);
    }
    if let Some(room_taken) = &step.inputs.room_taken {
        send_free_room(room_taken, cx.out);
    }
}

/// `RoomTaken.failure` closes `pay-trip`: publishes `TripPaid.failure` without
/// asking the handler.
fn close_pay_trip_on_room_taken(event: &RoomTaken, cx: &mut Context<'_, Rows>) {
    let step = cx.rows.pay_trip.row(event.trip_id);
    if step.close() != Effect::Fail {
        return;
    }
    let failure = TripPaid {
        trip_id: event.trip_id,
        receipt: "none".to_owned(),
        reason: Some("RoomTaken.failure".to_owned()),
        paid: false,
    };
    cx.out.emit("pay-trip", &failure);
    if let Some(seat_taken) = &step.inputs.seat_taken {
        send_free_seat(seat_taken, cx.out);
    }
    if let Some(room_taken) = &step.inputs.room_taken {
        send_free_room(room_taken, cx.out);
    }
}

/// `pay-trip` failed although `take-seat` had succeeded: sends its compensation.
fn send_free_seat(seat_taken: &SeatTaken, out: &mut Outgoing) {
    let command = FreeSeatCommand {
        trip_id: seat_taken.trip_id,
        seat_id: seat_taken.seat_id,
        block_id: seat_taken.block_id,
    };
    out.emit("pay-trip", &command);
}

/// `pay-trip` failed although `take-room` had succeeded: sends its compensation.
fn send_free_room(room_taken: &RoomTaken, out: &mut Outgoing) {
    let command = FreeRoomCommand { trip_id: room_taken.trip_id, room_id: room_taken.room_id };
    out.emit("pay-trip", &command);
}
