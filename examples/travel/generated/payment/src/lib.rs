// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `payment`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use saga_runtime::{
    Answer, AnySteps, AnyTable, Call, CallError, Calling, Event, Failing, Flow, Halt,
    Inputs, Outcome, Refusal, RequestContext, Routes, Service, StepRows, Steps,
    TableSchema, Unanswered, Undecodable, Uuid,
};
use serde::{Deserialize, Serialize};
use trip_contracts::events::{
    CancelRequested, CarReserved, FlightReserved, HotelReserved, TripPaid, TripRequested,
};
use trip_contracts::flow::{FLOW, message, service, step};
use trip_contracts::payment::{ChargeTrip, Handlers};

/// The service `payment`.
pub struct PaymentService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid, Infallible, Answered>;

/// The messages the service reads.
pub enum Input {
    /// From topic `trip-requested`.
    TripRequested(TripRequested),
    /// From topic `flight-reserved`.
    FlightReserved(FlightReserved),
    /// From topic `hotel-reserved`.
    HotelReserved(HotelReserved),
    /// From topic `car-reserved`.
    CarReserved(CarReserved),
    /// From topic `cancel-requested`.
    CancelRequested(CancelRequested),
    /// From topic `trip-paid`.
    TripPaid(TripPaid),
}

/// What calls to other systems answer.
pub enum Answered {
    /// The call of `charge-trip`.
    ChargeTrip(ChargeTrip),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `charge-trip` has seen of each saga.
    pub charge_trip: StepRows<ChargeTripInputs>,
}

/// What `charge-trip` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChargeTripInputs {
    /// `TripRequested`, once it has arrived.
    pub trip_requested: Option<TripRequested>,
    /// `FlightReserved.success`, once it has arrived.
    pub flight_reserved: Option<FlightReserved>,
    /// `HotelReserved.success`, once it has arrived.
    pub hotel_reserved: Option<HotelReserved>,
    /// `CarReserved.success`, once it has arrived.
    pub car_reserved: Option<CarReserved>,
    /// `TripPaid`, once it has published it.
    pub trip_paid: Option<TripPaid>,
}

impl Inputs for ChargeTripInputs {
    const STEP: &'static str = "charge-trip";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.trip_requested.is_some(),
            1 => self.flight_reserved.is_some(),
            2 => self.hotel_reserved.is_some(),
            _ => self.car_reserved.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::TripRequested(event) => self.trip_requested = Some(event.clone()),
            Input::FlightReserved(event) => self.flight_reserved = Some(event.clone()),
            Input::HotelReserved(event) => self.hotel_reserved = Some(event.clone()),
            Input::CarReserved(event) => self.car_reserved = Some(event.clone()),
            _ => {}
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.charge_trip]
    }
}

impl<H: Handlers> Service for PaymentService<H> {
    const SAGA: &'static str = "trip";
    const NAME: &'static str = "payment";
    const PORT: u16 = 8085;
    const CONSUMES: &'static [&'static str] = &[
        TripRequested::TOPIC,
        FlightReserved::TOPIC,
        HotelReserved::TOPIC,
        CarReserved::TOPIC,
        CancelRequested::TOPIC,
        TripPaid::TOPIC,
    ];
    const PUBLISHES: &'static [&'static str] = &[TripPaid::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        (
            "charge-trip",
            &[
                TripRequested::TOPIC,
                FlightReserved::TOPIC,
                HotelReserved::TOPIC,
                CarReserved::TOPIC,
                CancelRequested::TOPIC,
            ],
        ),
        ("void-charge", &[TripPaid::TOPIC]),
    ];
    const AT: usize = service::PAYMENT;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = Uuid;
    type Answered = Answered;

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
            TripRequested::TOPIC => saga_runtime::decode(body).map(Input::TripRequested),
            FlightReserved::TOPIC => saga_runtime::decode(body).map(Input::FlightReserved),
            HotelReserved::TOPIC => saga_runtime::decode(body).map(Input::HotelReserved),
            CarReserved::TOPIC => saga_runtime::decode(body).map(Input::CarReserved),
            CancelRequested::TOPIC => saga_runtime::decode(body).map(Input::CancelRequested),
            TripPaid::TOPIC => saga_runtime::decode(body).map(Input::TripPaid),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::TripRequested(_) => message::TRIP_REQUESTED,
            Input::FlightReserved(event) => match Outcome::of(event.success) {
                Outcome::Success => message::FLIGHT_RESERVED_SUCCESS,
                Outcome::Failure => message::FLIGHT_RESERVED_FAILURE,
            },
            Input::HotelReserved(event) => match Outcome::of(event.success) {
                Outcome::Success => message::HOTEL_RESERVED_SUCCESS,
                Outcome::Failure => message::HOTEL_RESERVED_FAILURE,
            },
            Input::CarReserved(event) => match Outcome::of(event.success) {
                Outcome::Success => message::CAR_RESERVED_SUCCESS,
                Outcome::Failure => message::CAR_RESERVED_FAILURE,
            },
            Input::CancelRequested(_) => message::CANCEL_REQUESTED,
            Input::TripPaid(event) => match Outcome::of(event.success) {
                Outcome::Success => message::TRIP_PAID_SUCCESS,
                Outcome::Failure => message::TRIP_PAID_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::TripRequested(event) => &event.trip_id,
            Input::FlightReserved(event) => &event.trip_id,
            Input::HotelReserved(event) => &event.trip_id,
            Input::CarReserved(event) => &event.trip_id,
            Input::CancelRequested(event) => &event.trip_id,
            Input::TripPaid(event) => &event.trip_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::CHARGE_TRIP => Some(&mut rows.charge_trip),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::CHARGE_TRIP => match cx.answered {
                Some(Answered::ChargeTrip(answer)) => charge_trip(answer, cx),
                _ => Err(Self::unexpected(step)),
            },
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::CHARGE_TRIP => fail_charge_trip(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn deadline(step: usize) -> Option<Duration> {
        match step {
            step::CHARGE_TRIP => Some(Duration::from_secs(900)),
            _ => None,
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::CHARGE_TRIP => (3, Duration::from_secs(2)),
            _ => (10, Duration::from_secs(10)),
        }
    }

    fn compensation_of(step: usize) -> &'static str {
        match step {
            step::CHARGE_TRIP => "void-charge",
            _ => Self::name_of(step),
        }
    }

    fn call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Rows,
    ) -> Option<Calling<Result<Answered, CallError>>> {
        let service = Arc::clone(service);
        match step {
            step::CHARGE_TRIP => {
                let inputs = rows.charge_trip.inputs(key).clone();
                Some(
                    Box::pin(async move {
                        service.call_for_charge_trip(&call, &inputs).await
                    }),
                )
            }
            _ => None,
        }
    }

    fn undo_call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Rows,
    ) -> Option<Calling<Result<(), Unanswered>>> {
        let service = Arc::clone(service);
        match step {
            step::CHARGE_TRIP => {
                let inputs = rows.charge_trip.inputs(key).clone();
                Some(Box::pin(async move { service.void_charge(&call, &inputs).await }))
            }
            _ => None,
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> PaymentService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// Calls for `charge-trip`.
    async fn call_for_charge_trip(
        &self,
        call: &Call,
        inputs: &ChargeTripInputs,
    ) -> Result<Answered, CallError> {
        let (Some(trip_requested), Some(flight_reserved), Some(hotel_reserved), Some(car_reserved)) = (
            &inputs.trip_requested,
            &inputs.flight_reserved,
            &inputs.hotel_reserved,
            &inputs.car_reserved,
        ) else {
            return Err(Unanswered::because("its messages are not there").into());
        };
        self.handlers
            .charge_trip(call, trip_requested, flight_reserved, hotel_reserved, car_reserved)
            .await
            .map(Answered::ChargeTrip)
    }

    /// `void-charge`: compensates the call of `charge-trip`, which may never have been
    /// answered.
    async fn void_charge(&self, call: &Call, inputs: &ChargeTripInputs) -> Result<(), Unanswered> {
        let (Some(trip_requested), Some(flight_reserved), Some(hotel_reserved), Some(car_reserved)) = (
            &inputs.trip_requested,
            &inputs.flight_reserved,
            &inputs.hotel_reserved,
            &inputs.car_reserved,
        ) else {
            return Err(Unanswered::because("its messages are not there"));
        };
        self.handlers
            .void_charge(
                call,
                trip_requested,
                flight_reserved,
                hotel_reserved,
                car_reserved,
                inputs.trip_paid.as_ref(),
            )
            .await
    }
}

/// `charge-trip`: everything is there, so publishes `TripPaid`.
fn charge_trip(answer: &ChargeTrip, cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.charge_trip.inputs(cx.key);
    let Some(trip_requested) = &inputs.trip_requested else {
        return Err(Halt::unexpected("charge-trip"));
    };
    let event = TripPaid {
        trip_id: trip_requested.trip_id,
        charge_id: Some(answer.charge_id.clone()),
        reason: None,
        success: true,
    };
    cx.out.emit("charge-trip", &event);
    cx.rows.charge_trip.keep(cx.key).trip_paid = Some(event);
    Ok(0)
}

/// `charge-trip` fails: publishes `TripPaid.failure`.
fn fail_charge_trip(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            TripPaid {
                trip_id: *cx.correlation,
                charge_id: None,
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::FlightReserved(_))) => {
            TripPaid {
                trip_id: *cx.correlation,
                charge_id: None,
                reason: Some("FlightReserved.failure".to_owned()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::HotelReserved(_))) => {
            TripPaid {
                trip_id: *cx.correlation,
                charge_id: None,
                reason: Some("HotelReserved.failure".to_owned()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::CarReserved(_))) => {
            TripPaid {
                trip_id: *cx.correlation,
                charge_id: None,
                reason: Some("CarReserved.failure".to_owned()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::CancelRequested(_))) => {
            TripPaid {
                trip_id: *cx.correlation,
                charge_id: None,
                reason: Some("CancelRequested".to_owned()),
                success: false,
            }
        }
        (Failing::Deadline, _) => {
            TripPaid {
                trip_id: *cx.correlation,
                charge_id: None,
                reason: Some("the deadline has passed".to_owned()),
                success: false,
            }
        }
        (Failing::SagaFailed, _) => {
            TripPaid {
                trip_id: *cx.correlation,
                charge_id: None,
                reason: Some("the saga has failed".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("charge-trip"),
    };
    cx.out.emit("charge-trip", &failure);
}
