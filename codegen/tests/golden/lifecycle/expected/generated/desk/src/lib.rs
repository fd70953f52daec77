// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `desk`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::desk::{Claim, ClaimStatus, Handlers, OpenClaim};
use claim_contracts::events::{
    ClaimChecked, ClaimOpened, ClaimPaid, ClaimPriced, MoneyReserved,
};
use claim_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnyTable, At, Event, Failing, Flow, Halt, Outcome, Refusal, RequestContext,
    Routes, RowStatus, Service, Table, TableSchema, Undecodable,
};

/// The service `desk`.
pub struct DeskService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

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
    const AT: usize = service::DESK;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

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

    fn message(input: &Input) -> usize {
        match input {
            Input::ClaimOpened(_) => message::CLAIM_OPENED,
            Input::ClaimChecked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::CLAIM_CHECKED_SUCCESS,
                Outcome::Failure => message::CLAIM_CHECKED_FAILURE,
            },
            Input::ClaimPriced(event) => match Outcome::of(event.success) {
                Outcome::Success => message::CLAIM_PRICED_SUCCESS,
                Outcome::Failure => message::CLAIM_PRICED_FAILURE,
            },
            Input::MoneyReserved(event) => match Outcome::of(event.success) {
                Outcome::Success => message::MONEY_RESERVED_SUCCESS,
                Outcome::Failure => message::MONEY_RESERVED_FAILURE,
            },
            Input::ClaimPaid(event) => match Outcome::of(event.success) {
                Outcome::Success => message::CLAIM_PAID_SUCCESS,
                Outcome::Failure => message::CLAIM_PAID_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ClaimOpened(event) => &event.claim_id,
            Input::ClaimChecked(event) => &event.claim_id,
            Input::ClaimPriced(event) => &event.claim_id,
            Input::MoneyReserved(event) => &event.claim_id,
            Input::ClaimPaid(event) => &event.claim_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(
            step,
            step::CHECK_CLAIM
            | step::PRICE_CLAIM
            | step::NOTE_PRICE
            | step::NOTE_MONEY
            | step::PAY_OUT
            | step::REFUSE_CLAIM
        ) {
            rows.claim.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (
                step::CHECK_CLAIM
                | step::PRICE_CLAIM
                | step::NOTE_PRICE
                | step::NOTE_MONEY
                | step::PAY_OUT
                | step::REFUSE_CLAIM,
                0,
            ) => cx.rows.claim.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::CHECK_CLAIM, Some(Input::ClaimOpened(event))) => self.check_claim(event, cx),
            (step::PRICE_CLAIM, Some(Input::ClaimChecked(event))) => self.price_claim(event, cx),
            (step::NOTE_PRICE, Some(Input::ClaimPriced(event))) => self.note_price(event, cx),
            (step::NOTE_MONEY, Some(Input::MoneyReserved(event))) => self.note_money(event, cx),
            (step::PAY_OUT, Some(Input::ClaimPaid(event))) => pay_out(event, cx),
            (step::REFUSE_CLAIM, Some(Input::ClaimPaid(event))) => refuse_claim(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match (step, cx.input) {
            (step::CHECK_CLAIM, Some(Input::ClaimOpened(event))) => fail_check_claim(event, why, cx),
            (step::PRICE_CLAIM, Some(Input::ClaimChecked(event))) => fail_price_claim(event, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::OpenClaim(_) => {
                rows.claim.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
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
    fn open_claim(&self, body: &OpenClaim, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
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
    fn check_claim(&self, claim_opened: &ClaimOpened, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.claim.change(&claim_opened.claim_id, |claim| self.handlers.check_claim(claim, claim_opened))?;
        cx.rows.claim.set_status(&claim_opened.claim_id, ClaimStatus::Checked);
        cx.out.moved("check-claim", cx.key, ClaimStatus::Checked);
        let event = ClaimChecked {
            claim_id: claim_opened.claim_id,
            account_id: claim_opened.account_id,
            amount: claim_opened.amount,
            reason: None,
            success: true,
        };
        cx.out.emit("check-claim", &event);
        Ok(0)
    }

    /// `price-claim`: on `ClaimChecked`, moves the `Claim` to `PRICED` and publishes
    /// `ClaimPriced`.
    fn price_claim(&self, claim_checked: &ClaimChecked, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let answer = cx.rows.claim
            .change(&claim_checked.claim_id, |claim| self.handlers.price_claim(claim, claim_checked))?;
        cx.rows.claim.set_status(&claim_checked.claim_id, ClaimStatus::Priced);
        cx.out.moved("price-claim", cx.key, ClaimStatus::Priced);
        let event = ClaimPriced {
            claim_id: claim_checked.claim_id,
            account_id: claim_checked.account_id,
            price: answer.price,
            success: true,
        };
        cx.out.emit("price-claim", &event);
        Ok(0)
    }

    /// `note-price`: on `ClaimPriced.success`, changes the `Claim`.
    fn note_price(&self, claim_priced: &ClaimPriced, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.claim.change(&claim_priced.claim_id, |claim| {
            self.handlers.note_price(claim, claim_priced);
            Ok(())
        })?;
        cx.out.done("note-price", cx.key);
        Ok(0)
    }

    /// `note-money`: on `MoneyReserved.success`, changes the `Claim`.
    fn note_money(&self, money_reserved: &MoneyReserved, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.claim.change(&money_reserved.claim_id, |claim| {
            self.handlers.note_money(claim, money_reserved);
            Ok(())
        })?;
        cx.out.done("note-money", cx.key);
        Ok(0)
    }
}

/// `pay-out`: on `ClaimPaid.success`, moves the `Claim` to `PAID`.
fn pay_out(claim_paid: &ClaimPaid, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.claim.set_status(&claim_paid.claim_id, ClaimStatus::Paid);
    cx.out.moved("pay-out", cx.key, ClaimStatus::Paid);
    Ok(0)
}

/// `refuse-claim`: on `ClaimPaid.failure`, moves the `Claim` to `REFUSED`.
fn refuse_claim(claim_paid: &ClaimPaid, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.claim.set_status(&claim_paid.claim_id, ClaimStatus::Refused);
    cx.out.moved("refuse-claim", cx.key, ClaimStatus::Refused);
    Ok(0)
}

/// `check-claim` fails: publishes `ClaimChecked.failure`.
fn fail_check_claim(claim_opened: &ClaimOpened, why: &Failing, cx: &mut Context<'_>) {
    let failure = match why {
        Failing::Rejected(rejection) => {
            ClaimChecked {
                claim_id: *cx.correlation,
                account_id: claim_opened.account_id,
                amount: claim_opened.amount,
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("check-claim"),
    };
    cx.out.emit("check-claim", &failure);
}

/// `price-claim` fails: publishes `ClaimPriced.failure`.
fn fail_price_claim(claim_checked: &ClaimChecked, cx: &mut Context<'_>) {
    let failure = ClaimPriced {
        claim_id: *cx.correlation,
        account_id: claim_checked.account_id,
        price: 0,
        success: false,
    };
    cx.out.emit("price-claim", &failure);
}
