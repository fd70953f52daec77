// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `road`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use parcel_contracts::events::{ParcelSent, ParcelSentKind, TruckLoaded};
use parcel_contracts::flow::{FLOW, message, service, step};
use parcel_contracts::road::Handlers;
use saga_runtime::{
    Answer, AnyTable, Event, Flow, Halt, Refusal, RequestContext, Routes, Service,
    TableSchema, Undecodable,
};

/// The service `road`.
pub struct RoadService<H> {
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

impl<H: Handlers> Service for RoadService<H> {
    const SAGA: &'static str = "parcel";
    const NAME: &'static str = "road";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[ParcelSent::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[TruckLoaded::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[("load-truck", &[ParcelSent::TOPIC])];
    const AT: usize = service::ROAD;
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
            (step::LOAD_TRUCK, Some(Input::ParcelSent(event))) => self.load_truck(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> RoadService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `load-truck`: on `ParcelSent.road`, publishes `TruckLoaded`.
    fn load_truck(&self, parcel_sent: &ParcelSent, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let answer = self.handlers.load_truck(parcel_sent);
        let event = TruckLoaded {
            parcel_id: parcel_sent.parcel_id,
            carrier: answer.carrier,
            stops: answer.stops,
        };
        cx.out.emit("load-truck", &event);
        Ok(0)
    }
}
