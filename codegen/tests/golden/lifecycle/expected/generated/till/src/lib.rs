// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `till`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::events::{ClaimPaid, MoneyReserved, ReleaseMoneyCommand};
use claim_contracts::till::Handlers;
use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Outcome, Outgoing,
    Refusal, Routes, Service, TableSchema, Undecodable,
};

/// The service `till`.
pub struct TillService<H> {
    handlers: H,
}

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
            MoneyReserved::TOPIC => saga_runtime::decode(body).map(Input::MoneyReserved),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::MoneyReserved(event) => claims.claim("pay-claim", event.claim_id),
        }
    }

    fn lock_rows(&self, _input: &Input, _rows: &mut Rows) {}

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::MoneyReserved(event) => match Outcome::of(event.success) {
                Outcome::Success => self.pay_claim(event, cx),
                Outcome::Failure => close_pay_claim(event, cx),
            },
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> TillService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `pay-claim`: on `MoneyReserved`, publishes `ClaimPaid`.
    fn pay_claim(&self, money_reserved: &MoneyReserved, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("pay-claim", money_reserved.claim_id) {
            return;
        }
        let decided = cx.out
            .decide("pay-claim", || self.handlers.pay_claim(money_reserved))
            .map(|()| ClaimPaid { claim_id: money_reserved.claim_id, success: true });
        match decided {
            Ok(event) => cx.out.emit("pay-claim", &event),
            Err(rejection) => {
                cx.out.rejected("pay-claim", money_reserved.claim_id, &rejection);
                let failure = ClaimPaid { claim_id: money_reserved.claim_id, success: false };
                cx.out.emit("pay-claim", &failure);
                send_release_money(money_reserved, cx.out);
            }
        }
    }
}

/// `MoneyReserved.failure` closes `pay-claim`: publishes `ClaimPaid.failure`
/// without asking the handler.
fn close_pay_claim(event: &MoneyReserved, cx: &mut Context<'_, Rows>) {
    if !cx.out.first_run("pay-claim", event.claim_id) {
        return;
    }
    let failure = ClaimPaid { claim_id: event.claim_id, success: false };
    cx.out.emit("pay-claim", &failure);
}

/// `pay-claim` failed although `reserve-money` had succeeded: sends its
/// compensation.
fn send_release_money(money_reserved: &MoneyReserved, out: &mut Outgoing) {
    let command = ReleaseMoneyCommand {
        claim_id: money_reserved.claim_id,
        account_id: money_reserved.account_id,
        price: money_reserved.price,
    };
    out.emit("pay-claim", &command);
}
