// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `air`: which messages it reads, which rows they touch,
//! and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use parcel_contracts::air::Handlers;
use parcel_contracts::events::{ParcelSent, ParcelSentKind, PlaneLoaded};
use parcel_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnyTable, Event, Failing, Flow, Halt, Refusal, RequestContext, Routes,
    Service, TableSchema, Undecodable,
};

/// The service `air`.
pub struct AirService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `parcel-sent`.
    ParcelSent(ParcelSent),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }
}

impl<H: Handlers> Service for AirService<H> {
    const SAGA: &'static str = "parcel";
    const NAME: &'static str = "air";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[ParcelSent::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[PlaneLoaded::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[("load-plane", &[ParcelSent::TOPIC])];
    const AT: usize = service::AIR;
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
            ParcelSent::TOPIC => saga_runtime::decode(body).map(Input::ParcelSent),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ParcelSent(event) => match event.kind {
                ParcelSentKind::Road => message::PARCEL_SENT_ROAD,
                ParcelSentKind::Air => message::PARCEL_SENT_AIR,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ParcelSent(event) => &event.parcel_id,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::LOAD_PLANE, Some(Input::ParcelSent(event))) => self.load_plane(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::LOAD_PLANE => fail_load_plane(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> AirService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `load-plane`: on `ParcelSent.air`, publishes `PlaneLoaded`.
    fn load_plane(&self, parcel_sent: &ParcelSent, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let answer = self.handlers.load_plane(parcel_sent)?;
        let event = PlaneLoaded {
            parcel_id: parcel_sent.parcel_id,
            carrier: Some(answer.carrier),
            flight: Some(answer.flight),
            seat: Some(answer.seat),
            success: true,
        };
        cx.out.emit("load-plane", &event);
        Ok(0)
    }
}

/// `load-plane` fails: publishes `PlaneLoaded.failure`.
fn fail_load_plane(cx: &mut Context<'_>) {
    let failure = PlaneLoaded {
        parcel_id: *cx.correlation,
        carrier: None,
        flight: None,
        seat: None,
        success: false,
    };
    cx.out.emit("load-plane", &failure);
}
