// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `seats`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Refusal, Routes, Service,
    Table, TableSchema, Undecodable,
};
use trip_contracts::events::{FreeSeatCommand, SeatPrinted, SeatTaken, TripRequested};
use trip_contracts::seats::{Block, BlockStatus, Handlers, Seat};

/// The service `seats`.
pub struct SeatsService<H> {
    handlers: H,
}

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

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::TripRequested(event) => {
                claims.claim("take-seat", event.trip_id);
                claims.claim("count-seat", event.trip_id);
            }
            Input::FreeSeatCommand(event) => claims.claim("free-seat", event.trip_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::TripRequested(event) => {
                rows.seat.lock(&event.seat_id);
                rows.block.reserve_new();
            }
            Input::FreeSeatCommand(event) => {
                rows.seat.lock(&event.seat_id);
                rows.block.lock(&event.block_id);
            }
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::TripRequested(event) => {
                self.take_seat(event, cx);
                self.count_seat(event, cx)?;
            }
            Input::FreeSeatCommand(event) => self.free_seat(event, cx)?,
        }
        Ok(())
    }

    fn compensates(&self, input: &Input) -> bool {
        matches!(input, Input::FreeSeatCommand(_))
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
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
    fn take_seat(&self, trip_requested: &TripRequested, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("take-seat", trip_requested.trip_id) {
            return;
        }
        let decided = cx.rows.seat.change(&trip_requested.seat_id, |seat| {
            cx.out.decide("take-seat", || self.handlers.take_seat(seat, trip_requested))?;
            let block = cx.rows.block.create(|id| Block {
                id,
                trip_id: trip_requested.trip_id,
                seat_id: trip_requested.seat_id,
                status: BlockStatus::Open,
            })?;
            Ok((
                SeatTaken {
                    trip_id: trip_requested.trip_id,
                    seat_id: trip_requested.seat_id,
                    block_id: block.id,
                    row: seat.row,
                    taken: true,
                },
                SeatPrinted { trip_id: trip_requested.trip_id, row: seat.row },
            ))
        });
        match decided {
            Ok((seat_taken, seat_printed)) => {
                cx.out.emit("take-seat", &seat_taken);
                cx.out.emit("take-seat", &seat_printed);
            }
            Err(rejection) => {
                cx.out.rejected("take-seat", trip_requested.trip_id, &rejection);
                let failure = SeatTaken {
                    trip_id: trip_requested.trip_id,
                    seat_id: trip_requested.seat_id,
                    block_id: 0,
                    row: 0,
                    taken: false,
                };
                cx.out.emit("take-seat", &failure);
            }
        }
    }

    /// `count-seat`: on `TripRequested`, changes the `Seat`.
    fn count_seat(&self, trip_requested: &TripRequested, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        if !cx.out.first_run("count-seat", trip_requested.trip_id) {
            return Ok(());
        }
        cx.rows.seat
            .change(&trip_requested.seat_id, |seat| {
                self.handlers.count_seat(seat, trip_requested);
                Ok(())
            })
            .map_err(Fault::Rejected)?;
        cx.out.done("count-seat", trip_requested.trip_id);
        Ok(())
    }

    /// `free-seat`: on `FreeSeatCommand`, compensates `take-seat`.
    fn free_seat(&self, command: &FreeSeatCommand, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        if !cx.out.first_run("free-seat", command.trip_id) {
            return Ok(());
        }
        let decided = cx.rows.seat.change(&command.seat_id, |seat| {
            cx.rows.block.change(&command.block_id, |block| {
                self.handlers.free_seat(seat, block, command);
                Ok(())
            })
        });
        if decided.is_err() {
            return Err(Fault::nothing_to_compensate::<Seat>("free-seat", &command.seat_id));
        }
        cx.out.done("free-seat", command.trip_id);
        Ok(())
    }
}
