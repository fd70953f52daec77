// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `desk`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::time::Duration;

use parcel_contracts::desk::{ApproveParcel, Handlers};
use parcel_contracts::events::{ParcelApproved, ParcelSent};
use parcel_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Event, Failing, Flow, Halt, Inputs, Method, Refusal,
    Rejection, RequestContext, Routes, Service, StepRows, Steps, TableSchema, Undecodable,
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
    /// From topic `parcel-sent`.
    ParcelSent(ParcelSent),
}

/// The requests that write.
pub enum Request {
    /// `PUT /approvals/:parcelId`.
    ApproveParcel(i64, ApproveParcel),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `approve-parcel` has seen of each saga.
    pub approve_parcel: StepRows<ApproveParcelInputs>,
}

/// What `approve-parcel` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ApproveParcelInputs {
    /// `ParcelSent`, once it has arrived.
    pub parcel_sent: Option<ParcelSent>,
}

impl Inputs for ApproveParcelInputs {
    const STEP: &'static str = "approve-parcel";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.parcel_sent.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::ParcelSent(event) => self.parcel_sent = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.approve_parcel]
    }
}

impl<H: Handlers> Service for DeskService<H> {
    const SAGA: &'static str = "parcel";
    const NAME: &'static str = "desk";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[ParcelSent::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ParcelApproved::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("approve-parcel", &[ParcelSent::TOPIC]),
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
        routes.write::<ApproveParcel>(
            Method::Put,
            "/approvals/{parcelId}",
            |path, body| Ok(Request::ApproveParcel(path.value("parcelId")?, body)),
            r#"{"approved":true,"clerk":"clerk"}"#,
        )
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            ParcelSent::TOPIC => saga_runtime::decode(body).map(Input::ParcelSent),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ParcelSent(_) => message::PARCEL_SENT,
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ParcelSent(event) => &event.parcel_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::APPROVE_PARCEL => Some(&mut rows.approve_parcel),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::APPROVE_PARCEL => self.approve_parcel(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::APPROVE_PARCEL => fail_approve_parcel(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn deadline(step: usize) -> Option<Duration> {
        match step {
            step::APPROVE_PARCEL => Some(Duration::from_secs(259200)),
            _ => None,
        }
    }

    fn asked<'r>(request: &'r Request, _rows: &'r Rows) -> Option<(usize, &'r i64)> {
        match request {
            Request::ApproveParcel(parcel_id, _) => Some((step::APPROVE_PARCEL, parcel_id)),
        }
    }

    fn answer(&self, request: &Request, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::ApproveParcel(..) => Ok(Answer::done()),
        }
    }
}

impl<H: Handlers> DeskService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `approve-parcel`: on `ParcelSent`, publishes `ParcelApproved`.
    fn approve_parcel(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.approve_parcel.inputs(cx.key);
        let Some(parcel_sent) = &inputs.parcel_sent else {
            return Err(Halt::unexpected("approve-parcel"));
        };
        let Some(Request::ApproveParcel(_, body)) = cx.request else {
            return Err(Halt::unexpected("approve-parcel"));
        };
        self.handlers.approve_parcel(parcel_sent, body)?;
        if !body.approved {
            return Err(Rejection::because("`approved` is false").into());
        }
        let event = ParcelApproved {
            parcel_id: *cx.correlation,
            clerk: Some(body.clerk.clone()),
            approved: true,
        };
        cx.out.emit("approve-parcel", &event);
        Ok(0)
    }
}

/// `approve-parcel` fails: publishes `ParcelApproved.failure`.
fn fail_approve_parcel(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(_), _) => {
            let Some(Request::ApproveParcel(_, body)) = cx.request else {
                return cx.out.unexpected("approve-parcel");
            };
            ParcelApproved { parcel_id: *cx.correlation, clerk: Some(body.clerk.clone()), approved: false }
        }
        (Failing::Deadline, _) => ParcelApproved { parcel_id: *cx.correlation, clerk: None, approved: false },
        _ => return cx.out.unexpected("approve-parcel"),
    };
    cx.out.emit("approve-parcel", &failure);
}
