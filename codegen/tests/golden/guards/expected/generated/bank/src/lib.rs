// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `bank`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use loan_contracts::bank::Handlers;
use loan_contracts::events::{HomeNoted, LoanDecided, RiskNoted};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Context, Effect, Event, Fault, IdempotencyClaims, Inputs,
    Outcome, Refusal, Routes, Service, StepRows, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `bank`.
pub struct BankService<H> {
    handlers: H,
}

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

    fn complete(&self) -> bool {
        self.risk_noted.is_some() && self.home_noted.is_some()
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

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, rows: &mut Rows, _claims: &mut IdempotencyClaims) {
        match input {
            Input::RiskNoted(event) => rows.decide_loan.lock(event.loan_id),
            Input::HomeNoted(event) => rows.decide_loan.lock(event.loan_id),
        }
    }

    fn lock_rows(&self, _input: &Input, _rows: &mut Rows) {}

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::RiskNoted(event) => match Outcome::of(event.success) {
                Outcome::Success => self.decide_loan_on_risk_noted(event, cx),
                Outcome::Failure => close_decide_loan_on_risk_noted(event, cx),
            },
            Input::HomeNoted(event) => match Outcome::of(event.success) {
                Outcome::Success => self.decide_loan_on_home_noted(event, cx),
                Outcome::Failure => close_decide_loan_on_home_noted(event, cx),
            },
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> BankService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `RiskNoted.success` reaches `decide-loan`.
    fn decide_loan_on_risk_noted(&self, event: &RiskNoted, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.decide_loan.row(event.loan_id);
        match step.arrive(|inputs| &mut inputs.risk_noted, event) {
            Effect::Run => self.decide_loan(event.loan_id, cx),
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
    }

    /// `HomeNoted.success` reaches `decide-loan`.
    fn decide_loan_on_home_noted(&self, event: &HomeNoted, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.decide_loan.row(event.loan_id);
        match step.arrive(|inputs| &mut inputs.home_noted, event) {
            Effect::Run => self.decide_loan(event.loan_id, cx),
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
    }

    /// `decide-loan`: everything is there, so publishes `LoanDecided`.
    fn decide_loan(&self, correlation: i64, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.decide_loan.row(correlation);
        let DecideLoanInputs {
            risk_noted: Some(risk_noted),
            home_noted: Some(home_noted),
        } = &step.inputs else {
            return;
        };
        let decided = cx.out.decide("decide-loan", || self.handlers.decide_loan(risk_noted, home_noted));
        if let Err(rejection) = &decided {
            cx.out.rejected("decide-loan", correlation, rejection);
        }
        let event = LoanDecided { loan_id: risk_noted.loan_id, success: decided.is_ok() };
        cx.out.emit("decide-loan", &event);
        step.ended(decided.is_ok());
    }
}

/// `RiskNoted.failure` closes `decide-loan`: publishes `LoanDecided.failure`
/// without asking the handler.
fn close_decide_loan_on_risk_noted(event: &RiskNoted, cx: &mut Context<'_, Rows>) {
    let step = cx.rows.decide_loan.row(event.loan_id);
    if step.close() != Effect::Fail {
        return;
    }
    let failure = LoanDecided { loan_id: event.loan_id, success: false };
    cx.out.emit("decide-loan", &failure);
}

/// `HomeNoted.failure` closes `decide-loan`: publishes `LoanDecided.failure`
/// without asking the handler.
fn close_decide_loan_on_home_noted(event: &HomeNoted, cx: &mut Context<'_, Rows>) {
    let step = cx.rows.decide_loan.row(event.loan_id);
    if step.close() != Effect::Fail {
        return;
    }
    let failure = LoanDecided { loan_id: event.loan_id, success: false };
    cx.out.emit("decide-loan", &failure);
}
