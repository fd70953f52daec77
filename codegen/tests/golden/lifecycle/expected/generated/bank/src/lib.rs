// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `bank`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::bank::{Account, Handlers};
use claim_contracts::events::{ClaimPriced, MoneyReserved, ReleaseMoneyCommand};
use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Outcome, Refusal, Routes,
    Service, Table, TableSchema, Undecodable,
};

/// The service `bank`.
pub struct BankService<H> {
    handlers: H,
}

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

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::ClaimPriced(event) => claims.claim("reserve-money", event.claim_id),
            Input::ReleaseMoneyCommand(event) => claims.claim("release-money", event.claim_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::ClaimPriced(event) => rows.account.lock(&event.account_id),
            Input::ReleaseMoneyCommand(event) => rows.account.lock(&event.account_id),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::ClaimPriced(event) => match Outcome::of(event.success) {
                Outcome::Success => self.reserve_money(event, cx),
                Outcome::Failure => close_reserve_money(event, cx),
            },
            Input::ReleaseMoneyCommand(event) => self.release_money(event, cx)?,
        }
        Ok(())
    }

    fn compensates(&self, input: &Input) -> bool {
        matches!(input, Input::ReleaseMoneyCommand(_))
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

    /// `reserve-money`: on `ClaimPriced`, changes the `Account` and publishes
    /// `MoneyReserved`.
    fn reserve_money(&self, claim_priced: &ClaimPriced, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("reserve-money", claim_priced.claim_id) {
            return;
        }
        let decided = cx.rows.account.change(&claim_priced.account_id, |account| {
            cx.out.decide("reserve-money", || self.handlers.reserve_money(account, claim_priced))
        });
        if let Err(rejection) = &decided {
            cx.out.rejected("reserve-money", claim_priced.claim_id, rejection);
        }
        let event = MoneyReserved {
            claim_id: claim_priced.claim_id,
            account_id: claim_priced.account_id,
            price: claim_priced.price,
            success: decided.is_ok(),
        };
        cx.out.emit("reserve-money", &event);
    }

    /// `release-money`: on `ReleaseMoneyCommand`, compensates `reserve-money`.
    fn release_money(&self, command: &ReleaseMoneyCommand, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        if !cx.out.first_run("release-money", command.claim_id) {
            return Ok(());
        }
        let decided = cx.rows.account.change(&command.account_id, |account| {
            self.handlers.release_money(account, command);
            Ok(())
        });
        if decided.is_err() {
            return Err(Fault::nothing_to_compensate::<Account>("release-money", &command.account_id));
        }
        cx.out.done("release-money", command.claim_id);
        Ok(())
    }
}

/// `ClaimPriced.failure` closes `reserve-money`: publishes `MoneyReserved.failure`
/// without asking the handler.
fn close_reserve_money(event: &ClaimPriced, cx: &mut Context<'_, Rows>) {
    if !cx.out.first_run("reserve-money", event.claim_id) {
        return;
    }
    let failure = MoneyReserved {
        claim_id: event.claim_id,
        account_id: event.account_id,
        price: event.price,
        success: false,
    };
    cx.out.emit("reserve-money", &failure);
}
