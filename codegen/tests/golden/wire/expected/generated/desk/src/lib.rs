// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `desk`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable,
};
use wire_contracts::desk::{AskWire, Handlers, Wire, WireStatus};
use wire_contracts::events::{WireAsked, WireBooked};
use wire_contracts::flow::{FLOW, message, service, step};

/// The service `desk`.
pub struct DeskService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `wire-booked`.
    WireBooked(WireBooked),
}

/// The requests that write.
pub enum Request {
    /// `POST /wires`.
    AskWire(AskWire),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `wire_tb`.
    pub wire: Table<Wire>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.wire]
    }
}

impl<H: Handlers> Service for DeskService<H> {
    const SAGA: &'static str = "wire";
    const NAME: &'static str = "desk";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[WireBooked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[WireAsked::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("close-wire", &[WireBooked::TOPIC]),
        ("lose-wire", &[WireBooked::TOPIC]),
    ];
    const AT: usize = service::DESK;
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
        vec![TableSchema::of::<Wire>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<AskWire>("/wires", Request::AskWire, r#"{"accountId":1,"amount":1}"#)
            .read::<Wire>("/wires/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            WireBooked::TOPIC => saga_runtime::decode(body).map(Input::WireBooked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::WireBooked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::WIRE_BOOKED_SUCCESS,
                Outcome::Failure => message::WIRE_BOOKED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::WireBooked(event) => &event.wire_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::CLOSE_WIRE | step::LOSE_WIRE) {
            rows.wire.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::CLOSE_WIRE | step::LOSE_WIRE, 0) => cx.rows.wire.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::CLOSE_WIRE, Some(Input::WireBooked(event))) => close_wire(event, cx),
            (step::LOSE_WIRE, Some(Input::WireBooked(event))) => lose_wire(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::AskWire(_) => {
                rows.wire.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::AskWire(body) => self.ask_wire(body, cx),
        }
    }
}

impl<H: Handlers> DeskService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `ask-wire`: creates a `Wire` and publishes `WireAsked`.
    fn ask_wire(&self, body: &AskWire, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.ask_wire(body)?;
        let wire = cx.rows.wire.create(|id| Wire {
            id,
            account_id: body.account_id,
            amount: body.amount,
            status: WireStatus::Asked,
        })?;
        let event = WireAsked { wire_id: wire.id, account_id: body.account_id, amount: body.amount };
        cx.out.emit("ask-wire", &event);
        Answer::created(wire)
    }
}

/// `close-wire`: on `WireBooked.success`, moves the `Wire` to `BOOKED`.
fn close_wire(wire_booked: &WireBooked, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.wire.set_status(&wire_booked.wire_id, WireStatus::Booked);
    cx.out.moved("close-wire", cx.key, WireStatus::Booked);
    Ok(0)
}

/// `lose-wire`: on `WireBooked.failure`, moves the `Wire` to `LOST`.
fn lose_wire(wire_booked: &WireBooked, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.wire.set_status(&wire_booked.wire_id, WireStatus::Lost);
    cx.out.moved("lose-wire", cx.key, WireStatus::Lost);
    Ok(0)
}
