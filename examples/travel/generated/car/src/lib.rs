// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `car`: which messages it reads, which rows they touch,
//! and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    Rejection, RequestContext, Routes, RowStatus, Service, StepRows, Steps, Table,
    TableSchema, Undecodable, Uuid,
};
use serde::{Deserialize, Serialize};
use trip_contracts::car::{Handlers, Rental, RentalStatus};
use trip_contracts::events::{CarReserved, TripPaid, TripRequested};
use trip_contracts::flow::{FLOW, message, service, step};

/// The service `car`.
pub struct CarService<H> {
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
    /// The rows of `rental_tb`.
    pub rental: Table<Rental>,
    /// What `release-car` has seen of each saga.
    pub release_car: StepRows<ReleaseCarInputs>,
    /// What `reserve-car` has seen of each saga.
    pub reserve_car: StepRows<ReserveCarInputs>,
}

/// What `release-car` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReleaseCarInputs {
    /// `TripPaid.failure`, once it has arrived.
    pub trip_paid: Option<TripPaid>,
}

impl Inputs for ReleaseCarInputs {
    const STEP: &'static str = "release-car";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.trip_paid.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::TripPaid(event) = message {
            self.trip_paid = Some(event.clone());
        }
    }
}

/// What `reserve-car` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReserveCarInputs {
    /// `TripRequested`, once it has arrived.
    pub trip_requested: Option<TripRequested>,
}

impl Inputs for ReserveCarInputs {
    const STEP: &'static str = "reserve-car";

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
        vec![&mut self.rental]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.release_car, &mut self.reserve_car]
    }
}

impl<H: Handlers> Service for CarService<H> {
    const SAGA: &'static str = "trip";
    const NAME: &'static str = "car";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[TripRequested::TOPIC, TripPaid::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[CarReserved::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("reserve-car", &[TripRequested::TOPIC]),
        ("rent-car", &[TripPaid::TOPIC]),
        ("release-car", &[TripPaid::TOPIC]),
    ];
    const AT: usize = service::CAR;
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
        vec![TableSchema::of::<Rental>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Rental>("/rentals")
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
            step::RESERVE_CAR => Some(&mut rows.reserve_car),
            step::RELEASE_CAR => Some(&mut rows.release_car),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        match step {
            step::RESERVE_CAR => rows.rental.reserve_new(),
            step::RENT_CAR | step::RELEASE_CAR => rows.rental.lock_by("trip_id", at.correlation),
            _ => {}
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::RENT_CAR | step::RELEASE_CAR, 0) => {
                cx.rows.rental.status(cx.rows.rental.find_by("trip_id", cx.correlation)?)
            }
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::RESERVE_CAR, _) => self.reserve_car(cx),
            (step::RENT_CAR, Some(Input::TripPaid(event))) => rent_car(event, cx),
            (step::RELEASE_CAR, _) => release_car(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::RESERVE_CAR => fail_reserve_car(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> CarService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `reserve-car`: on `TripRequested`, creates a `Rental` and publishes
    /// `CarReserved`.
    fn reserve_car(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.reserve_car.inputs(cx.key);
        let Some(trip_requested) = &inputs.trip_requested else {
            return Err(Halt::unexpected("reserve-car"));
        };
        self.handlers.reserve_car(trip_requested)?;
        cx.rows.rental.create(|id| Rental {
            id,
            trip_id: trip_requested.trip_id,
            car: trip_requested.car.clone(),
            status: RentalStatus::Held,
        })?;
        let event = CarReserved { trip_id: trip_requested.trip_id, success: true };
        cx.out.emit("reserve-car", &event);
        Ok(0)
    }
}

/// `rent-car`: on `TripPaid.success`, moves the `Rental` to `RENTED`.
fn rent_car(trip_paid: &TripPaid, cx: &mut Context<'_>) -> Result<usize, Halt> {
    let rental_key = cx.rows.rental
        .find_by("trip_id", &trip_paid.trip_id)
        .cloned()
        .ok_or_else(Rejection::not_found)?;
    cx.rows.rental.set_status(&rental_key, RentalStatus::Rented);
    cx.out.moved("rent-car", cx.key, RentalStatus::Rented);
    Ok(0)
}

/// `release-car`: on `TripPaid.failure`, moves the `Rental` to `RELEASED`.
fn release_car(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.release_car.inputs(cx.key);
    let Some(trip_paid) = &inputs.trip_paid else {
        return Err(Halt::unexpected("release-car"));
    };
    let rental_key = cx.rows.rental
        .find_by("trip_id", &trip_paid.trip_id)
        .cloned()
        .ok_or_else(Rejection::not_found)?;
    cx.rows.rental.set_status(&rental_key, RentalStatus::Released);
    cx.out.moved("release-car", cx.key, RentalStatus::Released);
    Ok(0)
}

/// `reserve-car` fails: publishes `CarReserved.failure`.
fn fail_reserve_car(cx: &mut Context<'_>) {
    let failure = CarReserved { trip_id: *cx.correlation, success: false };
    cx.out.emit("reserve-car", &failure);
}
