// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `rooms`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, Context, Effect, Event, Fault, IdempotencyClaims, Inputs,
    Outcome, Refusal, Routes, Service, StepRows, Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use trip_contracts::events::{FreeRoomCommand, RoomTaken, TripPaid, TripRequested};
use trip_contracts::rooms::{Handlers, Room};

/// The service `rooms`.
pub struct RoomsService<H> {
    handlers: H,
}

/// The messages the service reads.
pub enum Input {
    /// From topic `trip-requested`.
    TripRequested(TripRequested),
    /// From topic `trip-paid`.
    TripPaid(TripPaid),
    /// From topic `free-room-command`.
    FreeRoomCommand(FreeRoomCommand),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `room_tb`.
    pub room: Table<Room>,
    /// What `prepare-room` has seen of each saga.
    pub prepare_room: StepRows<PrepareRoomInputs>,
}

/// What `prepare-room` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PrepareRoomInputs {
    /// `TripRequested`, once it has arrived.
    pub trip_requested: Option<TripRequested>,
    /// `TripPaid.success`, once it has arrived.
    pub trip_paid: Option<TripPaid>,
}

impl Inputs for PrepareRoomInputs {
    const STEP: &'static str = "prepare-room";

    fn complete(&self) -> bool {
        self.trip_requested.is_some() && self.trip_paid.is_some()
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.room]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.prepare_room]
    }
}

impl<H: Handlers> Service for RoomsService<H> {
    const SAGA: &'static str = "trip";
    const NAME: &'static str = "rooms";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[
        TripRequested::TOPIC,
        TripPaid::TOPIC,
        FreeRoomCommand::TOPIC,
    ];
    const PUBLISHES: &'static [&'static str] = &[RoomTaken::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("take-room", &[TripRequested::TOPIC]),
        ("prepare-room", &[TripRequested::TOPIC, TripPaid::TOPIC]),
        ("free-room", &[FreeRoomCommand::TOPIC]),
    ];

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Room>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            TripRequested::TOPIC => saga_runtime::decode(body).map(Input::TripRequested),
            TripPaid::TOPIC => saga_runtime::decode(body).map(Input::TripPaid),
            FreeRoomCommand::TOPIC => saga_runtime::decode(body).map(Input::FreeRoomCommand),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn lock_steps(&self, input: &Input, rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::TripRequested(event) => {
                claims.claim("take-room", event.trip_id);
                rows.prepare_room.lock(event.trip_id);
            }
            Input::TripPaid(event) => rows.prepare_room.lock(event.trip_id),
            Input::FreeRoomCommand(event) => claims.claim("free-room", event.trip_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::TripRequested(event) => rows.room.lock(&event.room_id),
            Input::TripPaid(event) => {
                if let Some(trip_requested) = &rows.prepare_room.row(event.trip_id).inputs.trip_requested {
                    rows.room.lock(&trip_requested.room_id);
                }
            }
            Input::FreeRoomCommand(event) => rows.room.lock(&event.room_id),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::TripRequested(event) => {
                self.take_room(event, cx);
                self.prepare_room_on_trip_requested(event, cx)?;
            }
            Input::TripPaid(event) => match Outcome::of(event.paid) {
                Outcome::Success => self.prepare_room_on_trip_paid(event, cx)?,
                Outcome::Failure => {
                    cx.rows.prepare_room.row(event.trip_id).leave();
                }
            },
            Input::FreeRoomCommand(event) => self.free_room(event, cx)?,
        }
        Ok(())
    }

    fn compensates(&self, input: &Input) -> bool {
        matches!(input, Input::FreeRoomCommand(_))
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> RoomsService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `take-room`: on `TripRequested`, changes the `Room` and publishes `RoomTaken`.
    fn take_room(&self, trip_requested: &TripRequested, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("take-room", trip_requested.trip_id) {
            return;
        }
        let decided = cx.rows.room.change(&trip_requested.room_id, |room| {
            cx.out.decide("take-room", || self.handlers.take_room(room, trip_requested))?;
            Ok(RoomTaken { trip_id: trip_requested.trip_id, room_id: trip_requested.room_id, taken: true })
        });
        match decided {
            Ok(event) => cx.out.emit("take-room", &event),
            Err(rejection) => {
                cx.out.rejected("take-room", trip_requested.trip_id, &rejection);
                let failure = RoomTaken { trip_id: trip_requested.trip_id, room_id: 0, taken: false };
                cx.out.emit("take-room", &failure);
            }
        }
    }

    /// `TripRequested` reaches `prepare-room`.
    fn prepare_room_on_trip_requested(
        &self,
        event: &TripRequested,
        cx: &mut Context<'_, Rows>,
    ) -> Result<(), Fault> {
        let step = cx.rows.prepare_room.row(event.trip_id);
        match step.arrive(|inputs| &mut inputs.trip_requested, event) {
            Effect::Run => self.prepare_room(event.trip_id, cx)?,
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
        Ok(())
    }

    /// `TripPaid.success` reaches `prepare-room`.
    fn prepare_room_on_trip_paid(&self, event: &TripPaid, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        let step = cx.rows.prepare_room.row(event.trip_id);
        match step.arrive(|inputs| &mut inputs.trip_paid, event) {
            Effect::Run => self.prepare_room(event.trip_id, cx)?,
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
        Ok(())
    }

    /// `prepare-room`: everything is there, so changes the `Room`.
    fn prepare_room(&self, correlation: i64, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        let step = cx.rows.prepare_room.row(correlation);
        let PrepareRoomInputs {
            trip_requested: Some(trip_requested),
            trip_paid: Some(trip_paid),
        } = &step.inputs else {
            return Ok(());
        };
        cx.rows.room
            .change(&trip_requested.room_id, |room| {
                self.handlers.prepare_room(room, trip_requested, trip_paid);
                Ok(())
            })
            .map_err(Fault::Rejected)?;
        cx.out.done("prepare-room", correlation);
        step.ended(true);
        Ok(())
    }

    /// `free-room`: on `FreeRoomCommand`, compensates `take-room`.
    fn free_room(&self, command: &FreeRoomCommand, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        if !cx.out.first_run("free-room", command.trip_id) {
            return Ok(());
        }
        let decided = cx.rows.room.change(&command.room_id, |room| {
            self.handlers.free_room(room, command);
            Ok(())
        });
        if decided.is_err() {
            return Err(Fault::nothing_to_compensate::<Room>("free-room", &command.room_id));
        }
        cx.out.done("free-room", command.trip_id);
        Ok(())
    }
}
