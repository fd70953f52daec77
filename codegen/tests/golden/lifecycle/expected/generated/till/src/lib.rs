// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `till`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::events::{ClaimPaid, MoneyReserved, ReleaseMoneyCommand};
use claim_contracts::flow::{FLOW, message, service, step};
use claim_contracts::till::Handlers;
use saga_runtime::{
    Answer, AnyTable, Event, Failing, Flow, Halt, Outcome, Refusal, RequestContext,
    Routes, Service, TableSchema, Undecodable,
};

/// The service `till`.
pub struct TillService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `money-reserved`.
    MoneyReserved(MoneyReserved),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }
}

impl<H: Handlers> Service for TillService<H> {
    const SAGA: &'static str = "claim";
    const NAME: &'static str = "till";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[MoneyReserved::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ClaimPaid::TOPIC, ReleaseMoneyCommand::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("pay-claim", &[MoneyReserved::TOPIC]),
    ];
    const AT: usize = service::TILL;
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
            MoneyReserved::TOPIC => saga_runtime::decode(body).map(Input::MoneyReserved),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::MoneyReserved(event) => match Outcome::of(event.success) {
                Outcome::Success => message::MONEY_RESERVED_SUCCESS,
                Outcome::Failure => message::MONEY_RESERVED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::MoneyReserved(event) => &event.claim_id,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::PAY_CLAIM, Some(Input::MoneyReserved(event))) => self.pay_claim(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::PAY_CLAIM => fail_pay_claim(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn command(&self, step: usize, command: usize, cx: &mut Context<'_>) {
        match (step, command, cx.input) {
            (step::PAY_CLAIM, 0, Some(Input::MoneyReserved(event))) => send_release_money(event, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> TillService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `pay-claim`: on `MoneyReserved`, publishes `ClaimPaid`.
    fn pay_claim(&self, money_reserved: &MoneyReserved, cx: &mut Context<'_>) -> Result<usize, Halt> {
        self.handlers.pay_claim(money_reserved)?;
        let event = ClaimPaid { claim_id: money_reserved.claim_id, success: true };
        cx.out.emit("pay-claim", &event);
        Ok(0)
    }
}

/// `pay-claim` fails: publishes `ClaimPaid.failure`.
fn fail_pay_claim(cx: &mut Context<'_>) {
    let failure = ClaimPaid { claim_id: *cx.correlation, success: false };
    cx.out.emit("pay-claim", &failure);
}

/// `pay-claim` failed although `reserve-money` had succeeded: sends its
/// compensation.
fn send_release_money(money_reserved: &MoneyReserved, cx: &mut Context<'_>) {
    let command = ReleaseMoneyCommand {
        claim_id: money_reserved.claim_id,
        account_id: money_reserved.account_id,
        price: money_reserved.price,
    };
    cx.out.emit("pay-claim", &command);
}
