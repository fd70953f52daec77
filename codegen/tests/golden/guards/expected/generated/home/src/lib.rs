// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `home`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use loan_contracts::events::{HomeRated, LoanAsked};
use loan_contracts::flow::{FLOW, message, service, step};
use loan_contracts::home::Handlers;
use saga_runtime::{
    Answer, AnyTable, Event, Failing, Flow, Halt, Refusal, RequestContext, Routes,
    Service, TableSchema, Undecodable,
};

/// The service `home`.
pub struct HomeService<H> {
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

impl<H: Handlers> Service for HomeService<H> {
    const SAGA: &'static str = "loan";
    const NAME: &'static str = "home";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[LoanAsked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[HomeRated::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[("rate-home", &[LoanAsked::TOPIC])];
    const AT: usize = service::HOME;
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
            (step::RATE_HOME, Some(Input::LoanAsked(event))) => self.rate_home(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::RATE_HOME => fail_rate_home(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> HomeService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `rate-home`: on `LoanAsked`, publishes `HomeRated`.
    fn rate_home(&self, loan_asked: &LoanAsked, cx: &mut Context<'_>) -> Result<usize, Halt> {
        self.handlers.rate_home(loan_asked)?;
        let event = HomeRated { loan_id: loan_asked.loan_id, success: true };
        cx.out.emit("rate-home", &event);
        Ok(0)
    }
}

/// `rate-home` fails: publishes `HomeRated.failure`.
fn fail_rate_home(cx: &mut Context<'_>) {
    let failure = HomeRated { loan_id: *cx.correlation, success: false };
    cx.out.emit("rate-home", &failure);
}
