// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `home`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use loan_contracts::events::{HomeRated, LoanAsked};
use loan_contracts::home::Handlers;
use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Refusal, Routes, Service,
    TableSchema, Undecodable,
};

/// The service `home`.
pub struct HomeService<H> {
    handlers: H,
}

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
            LoanAsked::TOPIC => saga_runtime::decode(body).map(Input::LoanAsked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::LoanAsked(event) => claims.claim("rate-home", event.loan_id),
        }
    }

    fn lock_rows(&self, _input: &Input, _rows: &mut Rows) {}

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::LoanAsked(event) => self.rate_home(event, cx),
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> HomeService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `rate-home`: on `LoanAsked`, publishes `HomeRated`.
    fn rate_home(&self, loan_asked: &LoanAsked, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("rate-home", loan_asked.loan_id) {
            return;
        }
        let decided = cx.out.decide("rate-home", || self.handlers.rate_home(loan_asked));
        if let Err(rejection) = &decided {
            cx.out.rejected("rate-home", loan_asked.loan_id, rejection);
        }
        let event = HomeRated { loan_id: loan_asked.loan_id, success: decided.is_ok() };
        cx.out.emit("rate-home", &event);
    }
}
