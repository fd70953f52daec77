// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `embassy`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable,
};
use visa_contracts::embassy::{AskVisa, AskVisaAnswer, Handlers, Visa, VisaStatus};
use visa_contracts::events::{FormSent, FormSentKind, VisaIssued};
use visa_contracts::flow::{FLOW, message, service, step};

/// The service `embassy`.
pub struct EmbassyService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `visa-issued`.
    VisaIssued(VisaIssued),
}

/// The requests that write.
pub enum Request {
    /// `POST /visas`.
    AskVisa(AskVisa),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `visa_tb`.
    pub visa: Table<Visa>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.visa]
    }
}

impl<H: Handlers> Service for EmbassyService<H> {
    const SAGA: &'static str = "visa";
    const NAME: &'static str = "embassy";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[VisaIssued::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[FormSent::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("hand-out", &[VisaIssued::TOPIC]),
        ("refuse", &[VisaIssued::TOPIC]),
    ];
    const AT: usize = service::EMBASSY;
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
        vec![TableSchema::of::<Visa>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.create::<AskVisa>("/visas", Request::AskVisa, r#"{"days":1}"#)
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            VisaIssued::TOPIC => saga_runtime::decode(body).map(Input::VisaIssued),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::VisaIssued(event) => match Outcome::of(event.success) {
                Outcome::Success => message::VISA_ISSUED_SUCCESS,
                Outcome::Failure => message::VISA_ISSUED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::VisaIssued(event) => &event.visa_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::HAND_OUT | step::REFUSE) {
            rows.visa.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::HAND_OUT | step::REFUSE, 0) => cx.rows.visa.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::HAND_OUT, Some(Input::VisaIssued(event))) => hand_out(event, cx),
            (step::REFUSE, Some(Input::VisaIssued(event))) => refuse(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::AskVisa(_) => {
                rows.visa.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::AskVisa(body) => self.ask_visa(body, cx),
        }
    }
}

impl<H: Handlers> EmbassyService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `ask-visa`: creates a `Visa` and publishes `FormSent`.
    fn ask_visa(&self, body: &AskVisa, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        let answer = self.handlers.ask_visa(body)?;
        let kind = match answer {
            AskVisaAnswer::Tourist => FormSentKind::Tourist,
            AskVisaAnswer::Worker => FormSentKind::Worker,
            AskVisaAnswer::Student => FormSentKind::Student,
        };
        let visa = cx.rows.visa.create(|id| Visa { id, days: body.days, status: VisaStatus::Asked })?;
        let event = FormSent { visa_id: visa.id, days: body.days, kind };
        cx.out.emit("ask-visa", &event);
        Answer::created(visa)
    }
}

/// `hand-out`: on `VisaIssued.success`, moves the `Visa` to `ISSUED`.
fn hand_out(visa_issued: &VisaIssued, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.visa.set_status(&visa_issued.visa_id, VisaStatus::Issued);
    cx.out.moved("hand-out", cx.key, VisaStatus::Issued);
    Ok(0)
}

/// `refuse`: on `VisaIssued.failure`, moves the `Visa` to `REFUSED`.
fn refuse(visa_issued: &VisaIssued, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.visa.set_status(&visa_issued.visa_id, VisaStatus::Refused);
    cx.out.moved("refuse", cx.key, VisaStatus::Refused);
    Ok(0)
}
