// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `risk`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::time::Duration;

use loan_contracts::events::{LoanAsked, RiskRated};
use loan_contracts::flow::{FLOW, message, service, step};
use loan_contracts::risk::Handlers;
use saga_runtime::{
    Answer, AnyTable, Event, Failing, Flow, Halt, Refusal, RequestContext, Routes,
    Service, TableSchema, Undecodable,
};

/// The service `risk`.
pub struct RiskService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `loan-asked`.
    LoanAsked(LoanAsked),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }
}

impl<H: Handlers> Service for RiskService<H> {
    const SAGA: &'static str = "loan";
    const NAME: &'static str = "risk";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[LoanAsked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[RiskRated::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[("rate-risk", &[LoanAsked::TOPIC])];
    const AT: usize = service::RISK;
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
            LoanAsked::TOPIC => saga_runtime::decode(body).map(Input::LoanAsked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::LoanAsked(_) => message::LOAN_ASKED,
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::LoanAsked(event) => &event.loan_id,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::RATE_RISK, Some(Input::LoanAsked(event))) => self.rate_risk(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::RATE_RISK => fail_rate_risk(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::RATE_RISK => (3, Duration::from_secs(10)),
            _ => (10, Duration::from_secs(10)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> RiskService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `rate-risk`: on `LoanAsked`, publishes `RiskRated`.
    fn rate_risk(&self, loan_asked: &LoanAsked, cx: &mut Context<'_>) -> Result<usize, Halt> {
        self.handlers.rate_risk(loan_asked)?;
        let event = RiskRated { loan_id: loan_asked.loan_id, success: true };
        cx.out.emit("rate-risk", &event);
        Ok(0)
    }
}

/// `rate-risk` fails: publishes `RiskRated.failure`.
fn fail_rate_risk(cx: &mut Context<'_>) {
    let failure = RiskRated { loan_id: *cx.correlation, success: false };
    cx.out.emit("rate-risk", &failure);
}
