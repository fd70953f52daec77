// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `flight`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Fault, Flow, Halt, Inputs, Outcome,
    Refusal, RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema,
    Undecodable, Uuid,
};
use serde::{Deserialize, Serialize};
use trip_contracts::events::{FlightReserved, TripPaid, TripRequested};
use trip_contracts::flight::{Flight, Handlers};
use trip_contracts::flow::{FLOW, message, service, step};

/// The service `flight`.
pub struct FlightService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid>;

/// The messages the service reads.
pub enum Input {
    /// From topic `trip-requested`.
    TripRequested(TripRequested),
    /// From topic `trip-paid`.
    TripPaid(TripPaid),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `flight_tb`.
    pub flight: Table<Flight>,
    /// What `reserve-flight` has seen of each saga.
    pub reserve_flight: StepRows<ReserveFlightInputs>,
}

/// What `reserve-flight` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReserveFlightInputs {
    /// `TripRequested`, once it has arrived.
    pub trip_requested: Option<TripRequested>,
    /// `FlightReserved`, once it has published it.
    pub flight_reserved: Option<FlightReserved>,
}

impl Inputs for ReserveFlightInputs {
    const STEP: &'static str = "reserve-flight";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.trip_requested.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::TripRequested(event) = message {
            self.trip_requested = Some(event.clone());
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.flight]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.reserve_flight]
    }
}

impl<H: Handlers> Service for FlightService<H> {
    const SAGA: &'static str = "trip";
    const NAME: &'static str = "flight";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[TripRequested::TOPIC, TripPaid::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[FlightReserved::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("reserve-flight", &[TripRequested::TOPIC]),
        ("release-flight", &[TripPaid::TOPIC]),
    ];
    const AT: usize = service::FLIGHT;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = Uuid;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Flight>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.read::<Flight>("/flights/{flight}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            TripRequested::TOPIC => saga_runtime::decode(body).map(Input::TripRequested),
            TripPaid::TOPIC => saga_runtime::decode(body).map(Input::TripPaid),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::TripRequested(_) => message::TRIP_REQUESTED,
            Input::TripPaid(event) => match Outcome::of(event.success) {
                Outcome::Success => message::TRIP_PAID_SUCCESS,
                Outcome::Failure => message::TRIP_PAID_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::TripRequested(event) => &event.trip_id,
            Input::TripPaid(event) => &event.trip_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::RESERVE_FLIGHT => Some(&mut rows.reserve_flight),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if step == step::RESERVE_FLIGHT {
            if let Some(Input::TripRequested(trip_requested)) = at.input {
                rows.flight.lock(&trip_requested.flight);
            } else if let Some(trip_requested) = &rows.reserve_flight.inputs(at.key).trip_requested {
                rows.flight.lock(&trip_requested.flight);
            }
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::RESERVE_FLIGHT => self.reserve_flight(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::RESERVE_FLIGHT => fail_reserve_flight(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn compensate(&self, step: usize, cx: &mut Context<'_>) -> Result<(), Fault> {
        match step {
            step::RESERVE_FLIGHT => self.release_flight(cx),
            _ => Err(Fault::Unexpected { step: Self::name_of(step) }),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> FlightService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `reserve-flight`: on `TripRequested`, changes the `Flight` and publishes
    /// `FlightReserved`.
    fn reserve_flight(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.reserve_flight.inputs(cx.key);
        let Some(trip_requested) = &inputs.trip_requested else {
            return Err(Halt::unexpected("reserve-flight"));
        };
        cx.rows.flight
            .change(&trip_requested.flight, |flight| self.handlers.reserve_flight(flight, trip_requested))?;
        let event = FlightReserved { trip_id: trip_requested.trip_id, success: true };
        cx.out.emit("reserve-flight", &event);
        cx.rows.reserve_flight.keep(cx.key).flight_reserved = Some(event);
        Ok(0)
    }

    /// `release-flight`: compensates `reserve-flight`, as the saga has failed.
    fn release_flight(&self, cx: &mut Context<'_>) -> Result<(), Fault> {
        let inputs = cx.rows.reserve_flight.inputs(cx.key);
        let (Some(trip_requested), Some(flight_reserved)) = (
            &inputs.trip_requested,
            &inputs.flight_reserved,
        ) else {
            return Err(Fault::Unexpected { step: "reserve-flight" });
        };
        cx.rows.flight.compensate("release-flight", &trip_requested.flight, |flight| {
            self.handlers.release_flight(flight, trip_requested, flight_reserved);
            Ok(())
        })?;
        cx.out.done("release-flight", cx.key);
        Ok(())
    }
}

/// `reserve-flight` fails: publishes `FlightReserved.failure`.
fn fail_reserve_flight(cx: &mut Context<'_>) {
    let failure = FlightReserved { trip_id: *cx.correlation, success: false };
    cx.out.emit("reserve-flight", &failure);
}
