// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `hotel`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Fault, Flow, Halt, Inputs, Outcome,
    Refusal, RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema,
    Undecodable, Uuid,
};
use serde::{Deserialize, Serialize};
use trip_contracts::events::{HotelReserved, TripPaid, TripRequested};
use trip_contracts::flow::{FLOW, message, service, step};
use trip_contracts::hotel::{Handlers, Hotel};

/// The service `hotel`.
pub struct HotelService<H> {
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
    /// The rows of `hotel_tb`.
    pub hotel: Table<Hotel>,
    /// What `reserve-hotel` has seen of each saga.
    pub reserve_hotel: StepRows<ReserveHotelInputs>,
}

/// What `reserve-hotel` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReserveHotelInputs {
    /// `TripRequested`, once it has arrived.
    pub trip_requested: Option<TripRequested>,
    /// `HotelReserved`, once it has published it.
    pub hotel_reserved: Option<HotelReserved>,
}

impl Inputs for ReserveHotelInputs {
    const STEP: &'static str = "reserve-hotel";

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
        vec![&mut self.hotel]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.reserve_hotel]
    }
}

impl<H: Handlers> Service for HotelService<H> {
    const SAGA: &'static str = "trip";
    const NAME: &'static str = "hotel";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[TripRequested::TOPIC, TripPaid::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[HotelReserved::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("reserve-hotel", &[TripRequested::TOPIC]),
        ("release-hotel", &[TripPaid::TOPIC]),
    ];
    const AT: usize = service::HOTEL;
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
        vec![TableSchema::of::<Hotel>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.read::<Hotel>("/hotels/{hotel}")
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
            step::RESERVE_HOTEL => Some(&mut rows.reserve_hotel),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if step == step::RESERVE_HOTEL {
            if let Some(Input::TripRequested(trip_requested)) = at.input {
                rows.hotel.lock(&trip_requested.hotel);
            } else if let Some(trip_requested) = &rows.reserve_hotel.inputs(at.key).trip_requested {
                rows.hotel.lock(&trip_requested.hotel);
            }
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::RESERVE_HOTEL => self.reserve_hotel(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::RESERVE_HOTEL => fail_reserve_hotel(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn compensate(&self, step: usize, cx: &mut Context<'_>) -> Result<(), Fault> {
        match step {
            step::RESERVE_HOTEL => self.release_hotel(cx),
            _ => Err(Fault::Unexpected { step: Self::name_of(step) }),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> HotelService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `reserve-hotel`: on `TripRequested`, changes the `Hotel` and publishes
    /// `HotelReserved`.
    fn reserve_hotel(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.reserve_hotel.inputs(cx.key);
        let Some(trip_requested) = &inputs.trip_requested else {
            return Err(Halt::unexpected("reserve-hotel"));
        };
        cx.rows.hotel
            .change(&trip_requested.hotel, |hotel| self.handlers.reserve_hotel(hotel, trip_requested))?;
        let event = HotelReserved { trip_id: trip_requested.trip_id, success: true };
        cx.out.emit("reserve-hotel", &event);
        cx.rows.reserve_hotel.keep(cx.key).hotel_reserved = Some(event);
        Ok(0)
    }

    /// `release-hotel`: compensates `reserve-hotel`, as the saga has failed.
    fn release_hotel(&self, cx: &mut Context<'_>) -> Result<(), Fault> {
        let inputs = cx.rows.reserve_hotel.inputs(cx.key);
        let (Some(trip_requested), Some(hotel_reserved)) = (
            &inputs.trip_requested,
            &inputs.hotel_reserved,
        ) else {
            return Err(Fault::Unexpected { step: "reserve-hotel" });
        };
        cx.rows.hotel.compensate("release-hotel", &trip_requested.hotel, |hotel| {
            self.handlers.release_hotel(hotel, trip_requested, hotel_reserved);
            Ok(())
        })?;
        cx.out.done("release-hotel", cx.key);
        Ok(())
    }
}

/// `reserve-hotel` fails: publishes `HotelReserved.failure`.
fn fail_reserve_hotel(cx: &mut Context<'_>) {
    let failure = HotelReserved { trip_id: *cx.correlation, success: false };
    cx.out.emit("reserve-hotel", &failure);
}
