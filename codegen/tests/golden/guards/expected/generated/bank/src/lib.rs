// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `bank`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use loan_contracts::bank::Handlers;
use loan_contracts::events::{HomeNoted, LoanDecided, RiskNoted};
use loan_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `bank`.
pub struct BankService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `risk-noted`.
    RiskNoted(RiskNoted),
    /// From topic `home-noted`.
    HomeNoted(HomeNoted),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `decide-loan` has seen of each saga.
    pub decide_loan: StepRows<DecideLoanInputs>,
}

/// What `decide-loan` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DecideLoanInputs {
    /// `RiskNoted.success`, once it has arrived.
    pub risk_noted: Option<RiskNoted>,
    /// `HomeNoted.success`, once it has arrived.
    pub home_noted: Option<HomeNoted>,
}

impl Inputs for DecideLoanInputs {
    const STEP: &'static str = "decide-loan";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.risk_noted.is_some(),
            _ => self.home_noted.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::RiskNoted(event) => self.risk_noted = Some(event.clone()),
            Input::HomeNoted(event) => self.home_noted = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.decide_loan]
    }
}

impl<H: Handlers> Service for BankService<H> {
    const SAGA: &'static str = "loan";
    const NAME: &'static str = "bank";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[RiskNoted::TOPIC, HomeNoted::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[LoanDecided::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("decide-loan", &[RiskNoted::TOPIC, HomeNoted::TOPIC]),
    ];
    const AT: usize = service::BANK;
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
            RiskNoted::TOPIC => saga_runtime::decode(body).map(Input::RiskNoted),
            HomeNoted::TOPIC => saga_runtime::decode(body).map(Input::HomeNoted),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::RiskNoted(event) => match Outcome::of(event.success) {
                Outcome::Success => message::RISK_NOTED_SUCCESS,
                Outcome::Failure => message::RISK_NOTED_FAILURE,
            },
            Input::HomeNoted(event) => match Outcome::of(event.success) {
                Outcome::Success => message::HOME_NOTED_SUCCESS,
                Outcome::Failure => message::HOME_NOTED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::RiskNoted(event) => &event.loan_id,
            Input::HomeNoted(event) => &event.loan_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::DECIDE_LOAN => Some(&mut rows.decide_loan),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::DECIDE_LOAN => self.decide_loan(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::DECIDE_LOAN => fail_decide_loan(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> BankService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `decide-loan`: everything is there, so publishes `LoanDecided`.
    fn decide_loan(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.decide_loan.inputs(cx.key);
        let (Some(risk_noted), Some(home_noted)) = (&inputs.risk_noted, &inputs.home_noted) else {
            return Err(Halt::unexpected("decide-loan"));
        };
        self.handlers.decide_loan(risk_noted, home_noted)?;
        let event = LoanDecided { loan_id: risk_noted.loan_id, success: true };
        cx.out.emit("decide-loan", &event);
        Ok(0)
    }
}

/// `decide-loan` fails: publishes `LoanDecided.failure`.
fn fail_decide_loan(cx: &mut Context<'_>) {
    let failure = LoanDecided { loan_id: *cx.correlation, success: false };
    cx.out.emit("decide-loan", &failure);
}
