// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `sender`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use parcel_contracts::events::{CancelRequested, ParcelPickedUp, ParcelSent};
use parcel_contracts::flow::{FLOW, message, service, step};
use parcel_contracts::sender::{
    Handlers, Parcel, ParcelStatus, RequestCancel, SendParcel,
};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Method, Outcome, Refusal, RequestContext,
    Routes, RowStatus, Service, Table, TableSchema, Undecodable,
};

/// The service `sender`.
pub struct SenderService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `parcel-picked-up`.
    ParcelPickedUp(ParcelPickedUp),
}

/// The requests that write.
pub enum Request {
    /// `POST /parcels`.
    SendParcel(SendParcel),
    /// `POST /parcels/:id/cancel`.
    RequestCancel(i64, RequestCancel),
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
    const CONSUMES: &'static [&'static str] = &[ParcelPickedUp::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ParcelSent::TOPIC, CancelRequested::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("finish-parcel", &[ParcelPickedUp::TOPIC]),
        ("refuse-parcel", &[ParcelPickedUp::TOPIC]),
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
        routes
            .create::<SendParcel>("/parcels", Request::SendParcel, r#"{"weight":1}"#)
            .write::<RequestCancel>(
                Method::Post,
                "/parcels/{id}/cancel",
                |path, body| Ok(Request::RequestCancel(path.key::<Parcel>("id")?, body)),
                r#"{}"#,
            )
            .read::<Parcel>("/parcels/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            ParcelPickedUp::TOPIC => saga_runtime::decode(body).map(Input::ParcelPickedUp),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ParcelPickedUp(event) => match Outcome::of(event.success) {
                Outcome::Success => message::PARCEL_PICKED_UP_SUCCESS,
                Outcome::Failure => message::PARCEL_PICKED_UP_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ParcelPickedUp(event) => &event.parcel_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::REQUEST_CANCEL | step::FINISH_PARCEL | step::REFUSE_PARCEL) {
            rows.parcel.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::REQUEST_CANCEL | step::FINISH_PARCEL | step::REFUSE_PARCEL, 0) => {
                cx.rows.parcel.status(cx.correlation)
            }
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::REQUEST_CANCEL, _) => self.request_cancel(cx),
            (step::FINISH_PARCEL, Some(Input::ParcelPickedUp(event))) => finish_parcel(event, cx),
            (step::REFUSE_PARCEL, Some(Input::ParcelPickedUp(event))) => refuse_parcel(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn asked<'r>(request: &'r Request, _rows: &'r Rows) -> Option<(usize, &'r i64)> {
        match request {
            Request::RequestCancel(id, _) => Some((step::REQUEST_CANCEL, id)),
            Request::SendParcel(_) => None,
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::SendParcel(_) => {
                rows.parcel.reserve_new();
            }
            Request::RequestCancel(..) => {}
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::SendParcel(body) => self.send_parcel(body, cx),
            Request::RequestCancel(id, _) => cx.rows.parcel.found(id).and_then(Answer::changed),
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
        self.handlers.send_parcel(body)?;
        let parcel = cx.rows.parcel
            .create(|id| Parcel { id, weight: body.weight, status: ParcelStatus::Sent })?;
        let event = ParcelSent { parcel_id: parcel.id, weight: body.weight };
        cx.out.emit("send-parcel", &event);
        Answer::created(parcel)
    }

    /// `request-cancel`: moves the `Parcel` to `CANCELLING` and publishes
    /// `CancelRequested`.
    fn request_cancel(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let Some(Request::RequestCancel(_, body)) = cx.request else {
            return Err(Halt::unexpected("request-cancel"));
        };
        cx.rows.parcel.ask::<_, Halt>(cx.correlation, |parcel| {
            self.handlers.request_cancel(parcel, body)?;
            Ok(())
        })?;
        cx.rows.parcel.set_status(cx.correlation, ParcelStatus::Cancelling);
        cx.out.moved("request-cancel", cx.key, ParcelStatus::Cancelling);
        let event = CancelRequested { parcel_id: *cx.correlation, reason: body.reason.clone() };
        cx.out.emit("request-cancel", &event);
        Ok(0)
    }
}

/// `finish-parcel`: on `ParcelPickedUp.success`, moves the `Parcel` to
/// `ON_ITS_WAY`.
fn finish_parcel(parcel_picked_up: &ParcelPickedUp, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.parcel.set_status(&parcel_picked_up.parcel_id, ParcelStatus::OnItsWay);
    cx.out.moved("finish-parcel", cx.key, ParcelStatus::OnItsWay);
    Ok(0)
}

/// `refuse-parcel`: on `ParcelPickedUp.failure`, moves the `Parcel` to `REFUSED`.
fn refuse_parcel(parcel_picked_up: &ParcelPickedUp, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.parcel.set_status(&parcel_picked_up.parcel_id, ParcelStatus::Refused);
    cx.out.moved("refuse-parcel", cx.key, ParcelStatus::Refused);
    Ok(0)
}
