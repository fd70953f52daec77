// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `bank`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::bank::{Account, Handlers};
use claim_contracts::events::{ClaimPriced, MoneyReserved, ReleaseMoneyCommand};
use claim_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnyTable, At, Event, Failing, Flow, Halt, Outcome, Refusal, RequestContext,
    Routes, Service, Table, TableSchema, Undecodable,
};

/// The service `bank`.
pub struct BankService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `claim-priced`.
    ClaimPriced(ClaimPriced),
    /// From topic `release-money-command`.
    ReleaseMoneyCommand(ReleaseMoneyCommand),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `account_tb`.
    pub account: Table<Account>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.account]
    }
}

impl<H: Handlers> Service for BankService<H> {
    const SAGA: &'static str = "claim";
    const NAME: &'static str = "bank";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[ClaimPriced::TOPIC, ReleaseMoneyCommand::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[MoneyReserved::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("reserve-money", &[ClaimPriced::TOPIC]),
        ("release-money", &[ReleaseMoneyCommand::TOPIC]),
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
        vec![TableSchema::of::<Account>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            ClaimPriced::TOPIC => saga_runtime::decode(body).map(Input::ClaimPriced),
            ReleaseMoneyCommand::TOPIC => saga_runtime::decode(body).map(Input::ReleaseMoneyCommand),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ClaimPriced(event) => match Outcome::of(event.success) {
                Outcome::Success => message::CLAIM_PRICED_SUCCESS,
                Outcome::Failure => message::CLAIM_PRICED_FAILURE,
            },
            Input::ReleaseMoneyCommand(_) => message::RELEASE_MONEY_COMMAND,
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ClaimPriced(event) => &event.claim_id,
            Input::ReleaseMoneyCommand(event) => &event.claim_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        match (step, at.input) {
            (step::RESERVE_MONEY, Some(Input::ClaimPriced(claim_priced))) => {
                rows.account.lock(&claim_priced.account_id)
            }
            (step::RELEASE_MONEY, Some(Input::ReleaseMoneyCommand(command))) => {
                rows.account.lock(&command.account_id)
            }
            _ => {}
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::RESERVE_MONEY, Some(Input::ClaimPriced(event))) => self.reserve_money(event, cx),
            (step::RELEASE_MONEY, Some(Input::ReleaseMoneyCommand(event))) => self.release_money(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match (step, cx.input) {
            (step::RESERVE_MONEY, Some(Input::ClaimPriced(event))) => fail_reserve_money(event, cx),
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

    /// `reserve-money`: on `ClaimPriced`, changes the `Account` and publishes
    /// `MoneyReserved`.
    fn reserve_money(&self, claim_priced: &ClaimPriced, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.account
            .change(&claim_priced.account_id, |account| self.handlers.reserve_money(account, claim_priced))?;
        let event = MoneyReserved {
            claim_id: claim_priced.claim_id,
            account_id: claim_priced.account_id,
            price: claim_priced.price,
            success: true,
        };
        cx.out.emit("reserve-money", &event);
        Ok(0)
    }

    /// `release-money`: on `ReleaseMoneyCommand`, compensates `reserve-money`.
    fn release_money(&self, command: &ReleaseMoneyCommand, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.account.compensate("release-money", &command.account_id, |account| {
            self.handlers.release_money(account, command);
            Ok(())
        })?;
        cx.out.done("release-money", cx.key);
        Ok(0)
    }
}

/// `reserve-money` fails: publishes `MoneyReserved.failure`.
fn fail_reserve_money(claim_priced: &ClaimPriced, cx: &mut Context<'_>) {
    let failure = MoneyReserved {
        claim_id: *cx.correlation,
        account_id: claim_priced.account_id,
        price: claim_priced.price,
        success: false,
    };
    cx.out.emit("reserve-money", &failure);
}
