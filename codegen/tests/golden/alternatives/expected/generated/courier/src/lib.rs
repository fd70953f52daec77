// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `courier`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use parcel_contracts::courier::{HandOverOneOf, Handlers};
use parcel_contracts::events::{
    ParcelDelivered, ParcelSent, ParcelSentKind, ParcelSigned, PlaneLoaded, TruckLoaded,
};
use parcel_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `courier`.
pub struct CourierService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `parcel-sent`.
    ParcelSent(ParcelSent),
    /// From topic `parcel-signed`.
    ParcelSigned(ParcelSigned),
    /// From topic `truck-loaded`.
    TruckLoaded(TruckLoaded),
    /// From topic `plane-loaded`.
    PlaneLoaded(PlaneLoaded),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `hand-over` has seen of each saga.
    pub hand_over: StepRows<HandOverInputs>,
}

/// What `hand-over` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HandOverInputs {
    /// `ParcelSent`, once it has arrived.
    pub parcel_sent: Option<ParcelSent>,
    /// `ParcelSigned.success`, once it has arrived.
    pub parcel_signed: Option<ParcelSigned>,
    /// `TruckLoaded`, once it has arrived.
    pub truck_loaded: Option<TruckLoaded>,
    /// `PlaneLoaded.success`, once it has arrived.
    pub plane_loaded: Option<PlaneLoaded>,
}

impl Inputs for HandOverInputs {
    const STEP: &'static str = "hand-over";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.parcel_sent.is_some(),
            1 => self.parcel_signed.is_some(),
            2 => self.truck_loaded.is_some(),
            _ => self.plane_loaded.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::ParcelSent(event) => self.parcel_sent = Some(event.clone()),
            Input::ParcelSigned(event) => self.parcel_signed = Some(event.clone()),
            Input::TruckLoaded(event) => self.truck_loaded = Some(event.clone()),
            Input::PlaneLoaded(event) => self.plane_loaded = Some(event.clone()),
        }
    }
}

impl HandOverInputs {
    /// The first that has arrived of the messages the step needs one of.
    fn one_of(&self) -> Option<HandOverOneOf<'_>> {
        self.truck_loaded.as_ref().map(HandOverOneOf::TruckLoaded).or_else(|| {
            self.plane_loaded.as_ref().map(HandOverOneOf::PlaneLoadedSuccess)
        })
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.hand_over]
    }
}

impl<H: Handlers> Service for CourierService<H> {
    const SAGA: &'static str = "parcel";
    const NAME: &'static str = "courier";
    const PORT: u16 = 8085;
    const CONSUMES: &'static [&'static str] = &[
        ParcelSent::TOPIC,
        ParcelSigned::TOPIC,
        TruckLoaded::TOPIC,
        PlaneLoaded::TOPIC,
    ];
    const PUBLISHES: &'static [&'static str] = &[ParcelDelivered::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("hand-over", &[ParcelSent::TOPIC, ParcelSigned::TOPIC, TruckLoaded::TOPIC, PlaneLoaded::TOPIC]),
    ];
    const AT: usize = service::COURIER;
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
            ParcelSigned::TOPIC => saga_runtime::decode(body).map(Input::ParcelSigned),
            TruckLoaded::TOPIC => saga_runtime::decode(body).map(Input::TruckLoaded),
            PlaneLoaded::TOPIC => saga_runtime::decode(body).map(Input::PlaneLoaded),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ParcelSent(event) => match event.kind {
                ParcelSentKind::Road => message::PARCEL_SENT_ROAD,
                ParcelSentKind::Air => message::PARCEL_SENT_AIR,
            },
            Input::ParcelSigned(event) => match Outcome::of(event.signed) {
                Outcome::Success => message::PARCEL_SIGNED_SUCCESS,
                Outcome::Failure => message::PARCEL_SIGNED_FAILURE,
            },
            Input::TruckLoaded(_) => message::TRUCK_LOADED,
            Input::PlaneLoaded(event) => match Outcome::of(event.success) {
                Outcome::Success => message::PLANE_LOADED_SUCCESS,
                Outcome::Failure => message::PLANE_LOADED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ParcelSent(event) => &event.parcel_id,
            Input::ParcelSigned(event) => &event.parcel_id,
            Input::TruckLoaded(event) => &event.parcel_id,
            Input::PlaneLoaded(event) => &event.parcel_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::HAND_OVER => Some(&mut rows.hand_over),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::HAND_OVER => self.hand_over(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::HAND_OVER => fail_hand_over(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> CourierService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `hand-over`: everything is there, so publishes `ParcelDelivered`.
    fn hand_over(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.hand_over.inputs(cx.key);
        let (Some(parcel_sent), Some(parcel_signed), Some(one_of)) = (
            &inputs.parcel_sent,
            &inputs.parcel_signed,
            inputs.one_of(),
        ) else {
            return Err(Halt::unexpected("hand-over"));
        };
        self.handlers.hand_over(parcel_sent, parcel_signed, one_of)?;
        let event = ParcelDelivered {
            parcel_id: parcel_sent.parcel_id,
            carrier: parcel_signed.carrier.clone(),
            stops: inputs.truck_loaded.as_ref().map(|it| it.stops),
            flight: inputs.plane_loaded.as_ref().and_then(|it| it.flight.clone()),
            seat: inputs.plane_loaded.as_ref().and_then(|it| it.seat),
            reason: None,
            success: true,
        };
        cx.out.emit("hand-over", &event);
        Ok(0)
    }
}

/// `hand-over` fails: publishes `ParcelDelivered.failure`.
fn fail_hand_over(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            let inputs = cx.rows.hand_over.inputs(cx.key);
            let Some(parcel_signed) = &inputs.parcel_signed else {
                return cx.out.unexpected("hand-over");
            };
            ParcelDelivered {
                parcel_id: *cx.correlation,
                carrier: parcel_signed.carrier.clone(),
                stops: inputs.truck_loaded.as_ref().map(|it| it.stops),
                flight: inputs.plane_loaded.as_ref().and_then(|it| it.flight.clone()),
                seat: inputs.plane_loaded.as_ref().and_then(|it| it.seat),
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::ParcelSigned(parcel_signed))) => {
            ParcelDelivered {
                parcel_id: *cx.correlation,
                carrier: parcel_signed.carrier.clone(),
                stops: None,
                flight: None,
                seat: None,
                reason: Some("ParcelSigned.failure".to_owned()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::PlaneLoaded(plane_loaded))) => {
            ParcelDelivered {
                parcel_id: *cx.correlation,
                carrier: plane_loaded.carrier.clone(),
                stops: None,
                flight: plane_loaded.flight.clone(),
                seat: plane_loaded.seat,
                reason: Some("PlaneLoaded.failure".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("hand-over"),
    };
    cx.out.emit("hand-over", &failure);
}
