// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `papers`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, Event, Failing, Flow, Halt, Refusal, RequestContext, Routes,
    Service, TableSchema, Undecodable,
};
use visa_contracts::events::{FormSent, FormSentKind, PapersChecked, PapersCheckedResult};
use visa_contracts::flow::{FLOW, message, service, step};
use visa_contracts::papers::{CheckPapers, Handlers};

/// The service `papers`.
pub struct PapersService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `form-sent`.
    FormSent(FormSent),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }
}

impl<H: Handlers> Service for PapersService<H> {
    const SAGA: &'static str = "visa";
    const NAME: &'static str = "papers";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[FormSent::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[PapersChecked::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[("check-papers", &[FormSent::TOPIC])];
    const AT: usize = service::PAPERS;
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
            FormSent::TOPIC => saga_runtime::decode(body).map(Input::FormSent),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::FormSent(event) => match event.kind {
                FormSentKind::Tourist => message::FORM_SENT_TOURIST,
                FormSentKind::Worker => message::FORM_SENT_WORKER,
                FormSentKind::Student => message::FORM_SENT_STUDENT,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::FormSent(event) => &event.visa_id,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::CHECK_PAPERS, Some(Input::FormSent(event))) => self.check_papers(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::CHECK_PAPERS => fail_check_papers(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> PapersService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `check-papers`: on `FormSent`, publishes `PapersChecked`.
    fn check_papers(&self, form_sent: &FormSent, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let answer = self.handlers.check_papers(form_sent)?;
        let (way, result) = match answer {
            CheckPapers::Complete => (0, PapersCheckedResult::Complete),
            CheckPapers::Missing => (1, PapersCheckedResult::Missing),
        };
        let event = PapersChecked { visa_id: form_sent.visa_id, result };
        cx.out.emit("check-papers", &event);
        Ok(way)
    }
}

/// `check-papers` fails: publishes `PapersChecked.forged`.
fn fail_check_papers(cx: &mut Context<'_>) {
    let failure = PapersChecked { visa_id: *cx.correlation, result: PapersCheckedResult::Forged };
    cx.out.emit("check-papers", &failure);
}
