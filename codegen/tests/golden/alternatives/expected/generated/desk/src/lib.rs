// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `desk`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::time::Duration;

use parcel_contracts::desk::{Handlers, Sign, SignOneOf};
use parcel_contracts::events::{ParcelSigned, PlaneLoaded, TruckLoaded};
use parcel_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Event, Failing, Flow, Halt, Inputs, Method, Outcome,
    Refusal, Rejection, RequestContext, Routes, Service, StepRows, Steps, TableSchema,
    Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `desk`.
pub struct DeskService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `truck-loaded`.
    TruckLoaded(TruckLoaded),
    /// From topic `plane-loaded`.
    PlaneLoaded(PlaneLoaded),
}

/// The requests that write.
pub enum Request {
    /// `POST /parcels/:parcelId/signature`.
    Sign(i64, Sign),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `sign` has seen of each saga.
    pub sign: StepRows<SignInputs>,
}

/// What `sign` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SignInputs {
    /// `TruckLoaded`, once it has arrived.
    pub truck_loaded: Option<TruckLoaded>,
    /// `PlaneLoaded.success`, once it has arrived.
    pub plane_loaded: Option<PlaneLoaded>,
}

impl Inputs for SignInputs {
    const STEP: &'static str = "sign";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.truck_loaded.is_some(),
            _ => self.plane_loaded.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::TruckLoaded(event) => self.truck_loaded = Some(event.clone()),
            Input::PlaneLoaded(event) => self.plane_loaded = Some(event.clone()),
        }
    }
}

impl SignInputs {
    /// The first that has arrived of the messages the step needs one of.
    fn one_of(&self) -> Option<SignOneOf<'_>> {
        self.truck_loaded
            .as_ref()
            .map(SignOneOf::TruckLoaded)
            .or_else(|| self.plane_loaded.as_ref().map(SignOneOf::PlaneLoadedSuccess))
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.sign]
    }
}

impl<H: Handlers> Service for DeskService<H> {
    const SAGA: &'static str = "parcel";
    const NAME: &'static str = "desk";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[TruckLoaded::TOPIC, PlaneLoaded::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ParcelSigned::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("sign", &[TruckLoaded::TOPIC, PlaneLoaded::TOPIC]),
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
        Vec::new()
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.write::<Sign>(
            Method::Post,
            "/parcels/{parcelId}/signature",
            |path, body| Ok(Request::Sign(path.value("parcelId")?, body)),
            r#"{"signed":true}"#,
        )
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            TruckLoaded::TOPIC => saga_runtime::decode(body).map(Input::TruckLoaded),
            PlaneLoaded::TOPIC => saga_runtime::decode(body).map(Input::PlaneLoaded),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::TruckLoaded(_) => message::TRUCK_LOADED,
            Input::PlaneLoaded(event) => match Outcome::of(event.success) {
                Outcome::Success => message::PLANE_LOADED_SUCCESS,
                Outcome::Failure => message::PLANE_LOADED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::TruckLoaded(event) => &event.parcel_id,
            Input::PlaneLoaded(event) => &event.parcel_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::SIGN => Some(&mut rows.sign),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::SIGN => self.sign(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::SIGN => fail_sign(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn deadline(step: usize) -> Option<Duration> {
        match step {
            step::SIGN => Some(Duration::from_secs(172800)),
            _ => None,
        }
    }

    fn asked<'r>(request: &'r Request, _rows: &'r Rows) -> Option<(usize, &'r i64)> {
        match request {
            Request::Sign(parcel_id, _) => Some((step::SIGN, parcel_id)),
        }
    }

    fn answer(&self, request: &Request, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::Sign(..) => Ok(Answer::done()),
        }
    }
}

impl<H: Handlers> DeskService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `sign`: everything is there, so publishes `ParcelSigned`.
    fn sign(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.sign.inputs(cx.key);
        let Some(one_of) = inputs.one_of() else {
            return Err(Halt::unexpected("sign"));
        };
        let Some(Request::Sign(_, body)) = cx.request else {
            return Err(Halt::unexpected("sign"));
        };
        self.handlers.sign(one_of, body)?;
        if !body.signed {
            return Err(Rejection::because("`signed` is false").into());
        }
        let event = ParcelSigned {
            parcel_id: *cx.correlation,
            carrier: Some(
                match one_of {
                    SignOneOf::TruckLoaded(it) => it.carrier.clone(),
                    SignOneOf::PlaneLoadedSuccess(it) => it.carrier().clone(),
                },
            ),
            signed: true,
        };
        cx.out.emit("sign", &event);
        Ok(0)
    }
}

/// `sign` fails: publishes `ParcelSigned.failure`.
fn fail_sign(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(_), _) => {
            let inputs = cx.rows.sign.inputs(cx.key);
            let Some(one_of) = inputs.one_of() else {
                return cx.out.unexpected("sign");
            };
            ParcelSigned {
                parcel_id: *cx.correlation,
                carrier: Some(
                    match one_of {
                        SignOneOf::TruckLoaded(it) => it.carrier.clone(),
                        SignOneOf::PlaneLoadedSuccess(it) => it.carrier().clone(),
                    },
                ),
                signed: false,
            }
        }
        (Failing::Closed, Some(Input::PlaneLoaded(plane_loaded))) => {
            ParcelSigned { parcel_id: *cx.correlation, carrier: plane_loaded.carrier.clone(), signed: false }
        }
        (Failing::Deadline, _) => {
            let inputs = cx.rows.sign.inputs(cx.key);
            ParcelSigned {
                parcel_id: *cx.correlation,
                carrier: Some(
                    match (&inputs.truck_loaded, &inputs.plane_loaded) {
                        (Some(it), _) => it.carrier.clone(),
                        (_, Some(it)) => it.carrier().clone(),
                        _ => return cx.out.unexpected("sign"),
                    },
                ),
                signed: false,
            }
        }
        _ => return cx.out.unexpected("sign"),
    };
    cx.out.emit("sign", &failure);
}
