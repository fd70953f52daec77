// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `desk`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use claim_contracts::desk::{Claim, ClaimStatus, Handlers, OpenClaim};
use claim_contracts::events::{
    ClaimChecked, ClaimOpened, ClaimPaid, ClaimPriced, MoneyReserved,
};
use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Lifecycle, Outcome,
    Refusal, Routes, Service, Table, TableSchema, Undecodable,
};

/// The service `desk`.
pub struct DeskService<H> {
    handlers: H,
}

/// The messages the service reads.
pub enum Input {
    /// From topic `claim-opened`.
    ClaimOpened(ClaimOpened),
    /// From topic `claim-checked`.
    ClaimChecked(ClaimChecked),
    /// From topic `claim-priced`.
    ClaimPriced(ClaimPriced),
    /// From topic `money-reserved`.
    MoneyReserved(MoneyReserved),
    /// From topic `claim-paid`.
    ClaimPaid(ClaimPaid),
}

/// The requests that write.
pub enum Request {
    /// `POST /claims`.
    OpenClaim(OpenClaim),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `claim_tb`.
    pub claim: Table<Claim>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.claim]
    }
}

impl<H: Handlers> Service for DeskService<H> {
    const SAGA: &'static str = "claim";
    const NAME: &'static str = "desk";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[
        ClaimOpened::TOPIC,
        ClaimChecked::TOPIC,
        ClaimPriced::TOPIC,
        MoneyReserved::TOPIC,
        ClaimPaid::TOPIC,
    ];
    const PUBLISHES: &'static [&'static str] = &[ClaimOpened::TOPIC, ClaimChecked::TOPIC, ClaimPriced::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("check-claim", &[ClaimOpened::TOPIC]),
        ("price-claim", &[ClaimChecked::TOPIC]),
        ("note-price", &[ClaimPriced::TOPIC]),
        ("note-money", &[MoneyReserved::TOPIC]),
        ("pay-out", &[ClaimPaid::TOPIC]),
        ("refuse-claim", &[ClaimPaid::TOPIC]),
    ];

    type Input = Input;
    type Request = Request;
    type Rows = Rows;

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Claim>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<OpenClaim>("/claims", Request::OpenClaim, r#"{"accountId":1,"amount":1}"#)
            .read::<Claim>("/claims/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            ClaimOpened::TOPIC => saga_runtime::decode(body).map(Input::ClaimOpened),
            ClaimChecked::TOPIC => saga_runtime::decode(body).map(Input::ClaimChecked),
            ClaimPriced::TOPIC => saga_runtime::decode(body).map(Input::ClaimPriced),
            MoneyReserved::TOPIC => saga_runtime::decode(body).map(Input::MoneyReserved),
            ClaimPaid::TOPIC => saga_runtime::decode(body).map(Input::ClaimPaid),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::ClaimOpened(_) => {}
            Input::ClaimChecked(event) => claims.claim("price-claim", event.claim_id),
            Input::ClaimPriced(event) => claims.claim("note-price", event.claim_id),
            Input::MoneyReserved(event) => claims.claim("note-money", event.claim_id),
            Input::ClaimPaid(_) => {}
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::ClaimOpened(event) => rows.claim.lock(&event.claim_id),
            Input::ClaimChecked(event) => rows.claim.lock(&event.claim_id),
            Input::ClaimPriced(event) => rows.claim.lock(&event.claim_id),
            Input::MoneyReserved(event) => rows.claim.lock(&event.claim_id),
            Input::ClaimPaid(event) => rows.claim.lock(&event.claim_id),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::ClaimOpened(event) => self.check_claim(event, cx),
            Input::ClaimChecked(event) => match Outcome::of(event.success) {
                Outcome::Success => self.price_claim(event, cx),
                Outcome::Failure => close_price_claim(event, cx),
            },
            Input::ClaimPriced(event) => match Outcome::of(event.success) {
                Outcome::Success => self.note_price(event, cx)?,
                Outcome::Failure => {}
            },
            Input::MoneyReserved(event) => match Outcome::of(event.success) {
                Outcome::Success => self.note_money(event, cx)?,
                Outcome::Failure => {}
            },
            Input::ClaimPaid(event) => match Outcome::of(event.success) {
                Outcome::Success => pay_out(event, cx),
                Outcome::Failure => refuse_claim(event, cx),
            },
        }
        Ok(())
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::OpenClaim(_) => rows.claim.reserve_new(),
        }
    }

    fn answer(&self, request: &Request, cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::OpenClaim(body) => self.open_claim(body, cx),
        }
    }
}

impl<H: Handlers> DeskService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `open-claim`: creates a `Claim` and publishes `ClaimOpened`.
    fn open_claim(&self, body: &OpenClaim, cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        let answer = self.handlers.open_claim(body)?;
        let claim = cx.rows.claim.create(|id| Claim {
            id,
            account_id: body.account_id,
            amount: body.amount,
            number: answer.number,
            status: ClaimStatus::New,
        })?;
        let event = ClaimOpened { claim_id: claim.id, account_id: body.account_id, amount: body.amount };
        cx.out.emit("open-claim", &event);
        Answer::created(claim)
    }

    /// `check-claim`: on `ClaimOpened`, moves the `Claim` to `CHECKED` and publishes
    /// `ClaimChecked`.
    fn check_claim(&self, claim_opened: &ClaimOpened, cx: &mut Context<'_, Rows>) {
        if cx.rows.claim.is_none_of(&claim_opened.claim_id, &[ClaimStatus::New]) {
            return;
        }
        let decided = cx.rows.claim.change(&claim_opened.claim_id, |claim| {
            cx.out.decide("check-claim", || self.handlers.check_claim(claim, claim_opened))?;
            claim.status = ClaimStatus::Checked;
            Ok(ClaimChecked {
                claim_id: claim_opened.claim_id,
                account_id: claim_opened.account_id,
                amount: claim_opened.amount,
                reason: None,
                success: true,
            })
        });
        match decided {
            Ok(event) => cx.out.emit("check-claim", &event),
            Err(rejection) => {
                cx.out.rejected("check-claim", claim_opened.claim_id, &rejection);
                let failure = ClaimChecked {
                    claim_id: claim_opened.claim_id,
                    account_id: claim_opened.account_id,
                    amount: claim_opened.amount,
                    reason: Some(rejection.reason.clone()),
                    success: false,
                };
                cx.out.emit("check-claim", &failure);
            }
        }
    }

    /// `price-claim`: on `ClaimChecked`, moves the `Claim` to `PRICED` and publishes
    /// `ClaimPriced`.
    fn price_claim(&self, claim_checked: &ClaimChecked, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("price-claim", claim_checked.claim_id) {
            return;
        }
        let decided = cx.rows.claim.change(&claim_checked.claim_id, |claim| {
            claim.unended()?;
            let answer = cx.out.decide("price-claim", || self.handlers.price_claim(claim, claim_checked))?;
            claim.status = ClaimStatus::Priced;
            Ok(ClaimPriced {
                claim_id: claim_checked.claim_id,
                account_id: claim_checked.account_id,
                price: answer.price,
                success: true,
            })
        });
        match decided {
            Ok(event) => cx.out.emit("price-claim", &event),
            Err(rejection) => {
                cx.out.rejected("price-claim", claim_checked.claim_id, &rejection);
                let failure = ClaimPriced {
                    claim_id: claim_checked.claim_id,
                    account_id: claim_checked.account_id,
                    price: 0,
                    success: false,
                };
                cx.out.emit("price-claim", &failure);
            }
        }
    }

    /// `note-price`: on `ClaimPriced.success`, changes the `Claim`.
    fn note_price(&self, claim_priced: &ClaimPriced, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        if !cx.out.first_run("note-price", claim_priced.claim_id) {
            return Ok(());
        }
        if cx.rows.claim.has_ended(&claim_priced.claim_id) {
            return Ok(());
        }
        cx.rows.claim
            .change(&claim_priced.claim_id, |claim| {
                self.handlers.note_price(claim, claim_priced);
                Ok(())
            })
            .map_err(Fault::Rejected)?;
        cx.out.done("note-price", claim_priced.claim_id);
        Ok(())
    }

    /// `note-money`: on `MoneyReserved.success`, changes the `Claim`.
    fn note_money(&self, money_reserved: &MoneyReserved, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        if !cx.out.first_run("note-money", money_reserved.claim_id) {
            return Ok(());
        }
        if cx.rows.claim.is_none_of(&money_reserved.claim_id, &[ClaimStatus::Checked, ClaimStatus::Priced]) {
            return Ok(());
        }
        cx.rows.claim
            .change(&money_reserved.claim_id, |claim| {
                self.handlers.note_money(claim, money_reserved);
                Ok(())
            })
            .map_err(Fault::Rejected)?;
        cx.out.done("note-money", money_reserved.claim_id);
        Ok(())
    }
}

/// `pay-out`: on `ClaimPaid.success`, moves the `Claim` to `PAID`.
fn pay_out(claim_paid: &ClaimPaid, cx: &mut Context<'_, Rows>) {
    let moved = cx.rows.claim.advance(&claim_paid.claim_id, ClaimStatus::Paid);
    cx.out.moved("pay-out", claim_paid.claim_id, moved, ClaimStatus::Paid);
}

/// `refuse-claim`: on `ClaimPaid.failure`, moves the `Claim` to `REFUSED`.
fn refuse_claim(claim_paid: &ClaimPaid, cx: &mut Context<'_, Rows>) {
    let moved = cx.rows.claim.advance(&claim_paid.claim_id, ClaimStatus::Refused);
    cx.out.moved("refuse-claim", claim_paid.claim_id, moved, ClaimStatus::Refused);
}

/// `ClaimChecked.failure` closes `price-claim`: publishes `ClaimPriced.failure`
/// without asking the handler.
fn close_price_claim(event: &ClaimChecked, cx: &mut Context<'_, Rows>) {
    if !cx.out.first_run("price-claim", event.claim_id) {
        return;
    }
    let failure = ClaimPriced {
        claim_id: event.claim_id,
        account_id: event.account_id,
        price: 0,
        success: false,
    };
    cx.out.emit("price-claim", &failure);
}
