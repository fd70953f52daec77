// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `ledger`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use payment_contracts::events::{EntryBooked, PaymentCaptured, PaymentRequested};
use payment_contracts::flow::{FLOW, message, service, step};
use payment_contracts::ledger::{Account, Handlers};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema, Undecodable,
    Uuid,
};
use serde::{Deserialize, Serialize};

/// The service `ledger`.
pub struct LedgerService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid>;

/// The messages the service reads.
pub enum Input {
    /// From topic `payment-requested`.
    PaymentRequested(PaymentRequested),
    /// From topic `payment-captured`.
    PaymentCaptured(PaymentCaptured),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `account_tb`.
    pub account: Table<Account>,
    /// What `book-entry` has seen of each saga.
    pub book_entry: StepRows<BookEntryInputs>,
}

/// What `book-entry` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BookEntryInputs {
    /// `PaymentRequested`, once it has arrived.
    pub payment_requested: Option<PaymentRequested>,
    /// `PaymentCaptured.success`, once it has arrived.
    pub payment_captured: Option<PaymentCaptured>,
}

impl Inputs for BookEntryInputs {
    const STEP: &'static str = "book-entry";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.payment_requested.is_some(),
            _ => self.payment_captured.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::PaymentRequested(event) => {
                self.payment_requested = Some(event.clone());
            }
            Input::PaymentCaptured(event) => self.payment_captured = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.account]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.book_entry]
    }
}

impl<H: Handlers> Service for LedgerService<H> {
    const SAGA: &'static str = "payment";
    const NAME: &'static str = "ledger";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[PaymentRequested::TOPIC, PaymentCaptured::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[EntryBooked::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("book-entry", &[PaymentRequested::TOPIC, PaymentCaptured::TOPIC]),
    ];
    const AT: usize = service::LEDGER;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = Uuid;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Account>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Account>("/accounts")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            PaymentRequested::TOPIC => saga_runtime::decode(body).map(Input::PaymentRequested),
            PaymentCaptured::TOPIC => saga_runtime::decode(body).map(Input::PaymentCaptured),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::PaymentRequested(_) => message::PAYMENT_REQUESTED,
            Input::PaymentCaptured(event) => match Outcome::of(event.success) {
                Outcome::Success => message::PAYMENT_CAPTURED_SUCCESS,
                Outcome::Failure => message::PAYMENT_CAPTURED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::PaymentRequested(event) => &event.payment_id,
            Input::PaymentCaptured(event) => &event.payment_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::BOOK_ENTRY => Some(&mut rows.book_entry),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if step == step::BOOK_ENTRY {
            if let Some(Input::PaymentRequested(payment_requested)) = at.input {
                rows.account.lock(&payment_requested.account_id);
            } else if let Some(payment_requested) = &rows.book_entry.inputs(at.key).payment_requested {
                rows.account.lock(&payment_requested.account_id);
            }
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::BOOK_ENTRY => self.book_entry(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::BOOK_ENTRY => fail_book_entry(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> LedgerService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `book-entry`: everything is there, so changes the `Account` and publishes
    /// `EntryBooked`.
    fn book_entry(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.book_entry.inputs(cx.key);
        let (Some(payment_requested), Some(payment_captured)) = (
            &inputs.payment_requested,
            &inputs.payment_captured,
        ) else {
            return Err(Halt::unexpected("book-entry"));
        };
        cx.rows.account.change(&payment_requested.account_id, |account| {
            self.handlers.book_entry(account, payment_requested, payment_captured)
        })?;
        let event = EntryBooked { payment_id: payment_requested.payment_id, reason: None, success: true };
        cx.out.emit("book-entry", &event);
        Ok(0)
    }
}

/// `book-entry` fails: publishes `EntryBooked.failure`.
fn fail_book_entry(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            EntryBooked {
                payment_id: *cx.correlation,
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::PaymentCaptured(payment_captured))) => {
            EntryBooked {
                payment_id: *cx.correlation,
                reason: payment_captured.reason.clone(),
                success: false,
            }
        }
        _ => return cx.out.unexpected("book-entry"),
    };
    cx.out.emit("book-entry", &failure);
}
