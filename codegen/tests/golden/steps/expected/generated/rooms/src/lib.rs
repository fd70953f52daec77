// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `rooms`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use trip_contracts::events::{FreeRoomCommand, RoomTaken, TripPaid, TripRequested};
use trip_contracts::flow::{FLOW, message, service, step};
use trip_contracts::rooms::{Handlers, Room};

/// The service `rooms`.
pub struct RoomsService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

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

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.trip_requested.is_some(),
            _ => self.trip_paid.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::TripRequested(event) => self.trip_requested = Some(event.clone()),
            Input::TripPaid(event) => self.trip_paid = Some(event.clone()),
            _ => {}
        }
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
    const AT: usize = service::ROOMS;
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

    fn message(input: &Input) -> usize {
        match input {
            Input::TripRequested(_) => message::TRIP_REQUESTED,
            Input::TripPaid(event) => match Outcome::of(event.paid) {
                Outcome::Success => message::TRIP_PAID_SUCCESS,
                Outcome::Failure => message::TRIP_PAID_FAILURE,
            },
            Input::FreeRoomCommand(_) => message::FREE_ROOM_COMMAND,
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::TripRequested(event) => &event.trip_id,
            Input::TripPaid(event) => &event.trip_id,
            Input::FreeRoomCommand(event) => &event.trip_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::PREPARE_ROOM => Some(&mut rows.prepare_room),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        match (step, at.input) {
            (step::TAKE_ROOM, Some(Input::TripRequested(trip_requested))) => {
                rows.room.lock(&trip_requested.room_id)
            }
            (step::PREPARE_ROOM, _) => {
                if let Some(Input::TripRequested(trip_requested)) = at.input {
                    rows.room.lock(&trip_requested.room_id);
                } else if let Some(trip_requested) = &rows.prepare_room.inputs(at.key).trip_requested {
                    rows.room.lock(&trip_requested.room_id);
                }
            }
            (step::FREE_ROOM, Some(Input::FreeRoomCommand(command))) => rows.room.lock(&command.room_id),
            _ => {}
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::TAKE_ROOM, Some(Input::TripRequested(event))) => self.take_room(event, cx),
            (step::PREPARE_ROOM, _) => self.prepare_room(cx),
            (step::FREE_ROOM, Some(Input::FreeRoomCommand(event))) => self.free_room(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::TAKE_ROOM => fail_take_room(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> RoomsService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `take-room`: on `TripRequested`, changes the `Room` and publishes `RoomTaken`.
    fn take_room(&self, trip_requested: &TripRequested, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.room.change(&trip_requested.room_id, |room| self.handlers.take_room(room, trip_requested))?;
        let event = RoomTaken {
            trip_id: trip_requested.trip_id,
            room_id: trip_requested.room_id,
            taken: true,
        };
        cx.out.emit("take-room", &event);
        Ok(0)
    }

    /// `prepare-room`: everything is there, so changes the `Room`.
    fn prepare_room(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.prepare_room.inputs(cx.key);
        let (Some(trip_requested), Some(trip_paid)) = (&inputs.trip_requested, &inputs.trip_paid) else {
            return Err(Halt::unexpected("prepare-room"));
        };
        cx.rows.room.change(&trip_requested.room_id, |room| {
            self.handlers.prepare_room(room, trip_requested, trip_paid);
            Ok(())
        })?;
        cx.out.done("prepare-room", cx.key);
        Ok(0)
    }

    /// `free-room`: on `FreeRoomCommand`, compensates `take-room`.
    fn free_room(&self, command: &FreeRoomCommand, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.room.compensate("free-room", &command.room_id, |room| {
            self.handlers.free_room(room, command);
            Ok(())
        })?;
        cx.out.done("free-room", cx.key);
        Ok(0)
    }
}

/// `take-room` fails: publishes `RoomTaken.failure`.
fn fail_take_room(cx: &mut Context<'_>) {
    let failure = RoomTaken { trip_id: *cx.correlation, room_id: 0, taken: false };
    cx.out.emit("take-room", &failure);
}
