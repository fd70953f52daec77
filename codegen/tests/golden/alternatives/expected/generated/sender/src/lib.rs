// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `sender`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use parcel_contracts::events::{ParcelDelivered, ParcelSent, ParcelSentKind};
use parcel_contracts::flow::{FLOW, message, service, step};
use parcel_contracts::sender::{
    Handlers, Parcel, ParcelStatus, SendParcel, SendParcelAnswer,
};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable,
};

/// The service `sender`.
pub struct SenderService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `parcel-delivered`.
    ParcelDelivered(ParcelDelivered),
}

/// The requests that write.
pub enum Request {
    /// `POST /parcels`.
    SendParcel(SendParcel),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `parcel_tb`.
    pub parcel: Table<Parcel>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.parcel]
    }
}

impl<H: Handlers> Service for SenderService<H> {
    const SAGA: &'static str = "parcel";
    const NAME: &'static str = "sender";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[ParcelDelivered::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ParcelSent::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("deliver", &[ParcelDelivered::TOPIC]),
        ("return", &[ParcelDelivered::TOPIC]),
    ];
    const AT: usize = service::SENDER;
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
        vec![TableSchema::of::<Parcel>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.create::<SendParcel>("/parcels", Request::SendParcel, r#"{"weight":1}"#)
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            ParcelDelivered::TOPIC => saga_runtime::decode(body).map(Input::ParcelDelivered),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ParcelDelivered(event) => match Outcome::of(event.success) {
                Outcome::Success => message::PARCEL_DELIVERED_SUCCESS,
                Outcome::Failure => message::PARCEL_DELIVERED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ParcelDelivered(event) => &event.parcel_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::DELIVER | step::RETURN) {
            rows.parcel.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::DELIVER | step::RETURN, 0) => cx.rows.parcel.status(cx.correlation),
            _ => None,
        }
    }

    fn must_act(step: usize) -> bool {
        matches!(step, step::DELIVER | step::RETURN)
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::DELIVER, Some(Input::ParcelDelivered(event))) => deliver(event, cx),
            (step::RETURN, Some(Input::ParcelDelivered(event))) => r#return(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::SendParcel(_) => {
                rows.parcel.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::SendParcel(body) => self.send_parcel(body, cx),
        }
    }
}

impl<H: Handlers> SenderService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `send-parcel`: creates a `Parcel` and publishes `ParcelSent`.
    fn send_parcel(&self, body: &SendParcel, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        let answer = self.handlers.send_parcel(body)?;
        let kind = match answer {
            SendParcelAnswer::Road => ParcelSentKind::Road,
            SendParcelAnswer::Air => ParcelSentKind::Air,
        };
        let parcel = cx.rows.parcel
            .create(|id| Parcel { id, weight: body.weight, carrier: None, status: ParcelStatus::Sent })?;
        let event = ParcelSent { parcel_id: parcel.id, weight: body.weight, kind };
        cx.out.emit("send-parcel", &event);
        Answer::created(parcel)
    }
}

/// `deliver`: on `ParcelDelivered.success`, moves the `Parcel` to `DELIVERED`.
fn deliver(parcel_delivered: &ParcelDelivered, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.parcel.change(&parcel_delivered.parcel_id, |parcel| {
        parcel.carrier = parcel_delivered.carrier.clone();
        Ok(())
    })?;
    cx.rows.parcel.set_status(&parcel_delivered.parcel_id, ParcelStatus::Delivered);
    cx.out.moved("deliver", cx.key, ParcelStatus::Delivered);
    Ok(0)
}

/// `return`: on `ParcelDelivered.failure`, moves the `Parcel` to `RETURNED`.
fn r#return(parcel_delivered: &ParcelDelivered, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.parcel.change(&parcel_delivered.parcel_id, |parcel| {
        parcel.carrier = parcel_delivered.carrier.clone();
        Ok(())
    })?;
    cx.rows.parcel.set_status(&parcel_delivered.parcel_id, ParcelStatus::Returned);
    cx.out.moved("return", cx.key, ParcelStatus::Returned);
    Ok(0)
}
