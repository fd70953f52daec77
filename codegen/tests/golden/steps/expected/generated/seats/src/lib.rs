// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `seats`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, At, Event, Failing, Flow, Halt, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable,
};
use trip_contracts::events::{FreeSeatCommand, SeatPrinted, SeatTaken, TripRequested};
use trip_contracts::flow::{FLOW, message, service, step};
use trip_contracts::seats::{Block, BlockStatus, Handlers, Seat};

/// The service `seats`.
pub struct SeatsService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `trip-requested`.
    TripRequested(TripRequested),
    /// From topic `free-seat-command`.
    FreeSeatCommand(FreeSeatCommand),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `block_tb`.
    pub block: Table<Block>,
    /// The rows of `seat_tb`.
    pub seat: Table<Seat>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.block, &mut self.seat]
    }
}

impl<H: Handlers> Service for SeatsService<H> {
    const SAGA: &'static str = "trip";
    const NAME: &'static str = "seats";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[TripRequested::TOPIC, FreeSeatCommand::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[SeatTaken::TOPIC, SeatPrinted::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("take-seat", &[TripRequested::TOPIC]),
        ("count-seat", &[TripRequested::TOPIC]),
        ("free-seat", &[FreeSeatCommand::TOPIC]),
    ];
    const AT: usize = service::SEATS;
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
        vec![TableSchema::of::<Block>(), TableSchema::of::<Seat>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            TripRequested::TOPIC => saga_runtime::decode(body).map(Input::TripRequested),
            FreeSeatCommand::TOPIC => saga_runtime::decode(body).map(Input::FreeSeatCommand),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::TripRequested(_) => message::TRIP_REQUESTED,
            Input::FreeSeatCommand(_) => message::FREE_SEAT_COMMAND,
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::TripRequested(event) => &event.trip_id,
            Input::FreeSeatCommand(event) => &event.trip_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        match (step, at.input) {
            (step::TAKE_SEAT, Some(Input::TripRequested(trip_requested))) => {
                rows.seat.lock(&trip_requested.seat_id);
                rows.block.reserve_new();
            }
            (step::COUNT_SEAT, Some(Input::TripRequested(trip_requested))) => {
                rows.seat.lock(&trip_requested.seat_id)
            }
            (step::FREE_SEAT, Some(Input::FreeSeatCommand(command))) => {
                rows.seat.lock(&command.seat_id);
                rows.block.lock(&command.block_id);
            }
            _ => {}
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used, cx.input) {
            (step::FREE_SEAT, 0, Some(Input::FreeSeatCommand(command))) => {
                cx.rows.block.status(&command.block_id)
            }
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::TAKE_SEAT, Some(Input::TripRequested(event))) => self.take_seat(event, cx),
            (step::COUNT_SEAT, Some(Input::TripRequested(event))) => self.count_seat(event, cx),
            (step::FREE_SEAT, Some(Input::FreeSeatCommand(event))) => self.free_seat(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match (step, cx.input) {
            (step::TAKE_SEAT, Some(Input::TripRequested(event))) => fail_take_seat(event, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> SeatsService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `take-seat`: on `TripRequested`, changes the `Seat`, creates a `Block` and
    /// publishes `SeatTaken` and `SeatPrinted`.
    fn take_seat(&self, trip_requested: &TripRequested, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let block = cx.rows.seat.change(&trip_requested.seat_id, |seat| {
            self.handlers.take_seat(seat, trip_requested)?;
            cx.rows.block.create(|id| Block {
                id,
                trip_id: trip_requested.trip_id,
                seat_id: trip_requested.seat_id,
                status: BlockStatus::Open,
            })
        })?;
        let seat = cx.rows.seat.row(&trip_requested.seat_id)?;
        let event = SeatTaken {
            trip_id: trip_requested.trip_id,
            seat_id: trip_requested.seat_id,
            block_id: block.id,
            row: seat.row,
            taken: true,
        };
        cx.out.emit("take-seat", &event);
        let event = SeatPrinted { trip_id: trip_requested.trip_id, row: seat.row };
        cx.out.emit("take-seat", &event);
        Ok(0)
    }

    /// `count-seat`: on `TripRequested`, changes the `Seat`.
    fn count_seat(&self, trip_requested: &TripRequested, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.seat.change(&trip_requested.seat_id, |seat| {
            self.handlers.count_seat(seat, trip_requested);
            Ok(())
        })?;
        cx.out.done("count-seat", cx.key);
        Ok(0)
    }

    /// `free-seat`: on `FreeSeatCommand`, compensates `take-seat`.
    fn free_seat(&self, command: &FreeSeatCommand, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.seat.compensate("free-seat", &command.seat_id, |seat| {
            cx.rows.block.compensate("free-seat", &command.block_id, |block| {
                self.handlers.free_seat(seat, block, command);
                Ok(())
            })
        })?;
        cx.out.done("free-seat", cx.key);
        Ok(0)
    }
}

/// `take-seat` fails: publishes `SeatTaken.failure`.
fn fail_take_seat(trip_requested: &TripRequested, cx: &mut Context<'_>) {
    let failure = SeatTaken {
        trip_id: *cx.correlation,
        seat_id: trip_requested.seat_id,
        block_id: 0,
        row: 0,
        taken: false,
    };
    cx.out.emit("take-seat", &failure);
}
