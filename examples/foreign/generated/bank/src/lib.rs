// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `bank`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::time::Duration;

use invoice_contracts::bank::Handlers;
use invoice_contracts::events::{BankSettled, BankSettledState, InvoicePaid, InvoiceSent};
use invoice_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Event, Failing, Flow, Halt, Inputs, Refusal,
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
    /// From topic `invoice-sent`.
    InvoiceSent(InvoiceSent),
    /// From topic `bank.settlements`.
    BankSettled(BankSettled),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `settle-invoice` has seen of each saga.
    pub settle_invoice: StepRows<SettleInvoiceInputs>,
}

/// What `settle-invoice` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SettleInvoiceInputs {
    /// `InvoiceSent`, once it has arrived.
    pub invoice_sent: Option<InvoiceSent>,
    /// `BankSettled`, once it has arrived.
    pub bank_settled: Option<BankSettled>,
}

impl Inputs for SettleInvoiceInputs {
    const STEP: &'static str = "settle-invoice";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.invoice_sent.is_some(),
            _ => self.bank_settled.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::InvoiceSent(event) => self.invoice_sent = Some(event.clone()),
            Input::BankSettled(event) => self.bank_settled = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.settle_invoice]
    }
}

impl<H: Handlers> Service for BankService<H> {
    const SAGA: &'static str = "invoice";
    const NAME: &'static str = "bank";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[InvoiceSent::TOPIC, BankSettled::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[InvoicePaid::TOPIC];
    const EXTERNAL: &'static [&'static str] = &[BankSettled::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("settle-invoice", &[InvoiceSent::TOPIC, BankSettled::TOPIC]),
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
            InvoiceSent::TOPIC => saga_runtime::decode(body).map(Input::InvoiceSent),
            BankSettled::TOPIC => saga_runtime::decode(body).map(Input::BankSettled),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::InvoiceSent(_) => message::INVOICE_SENT,
            Input::BankSettled(event) => match event.state {
                BankSettledState::Settled => message::BANK_SETTLED_SETTLED,
                BankSettledState::Bounced => message::BANK_SETTLED_BOUNCED,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::InvoiceSent(event) => &event.invoice_id,
            Input::BankSettled(event) => &event.invoice_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::SETTLE_INVOICE => Some(&mut rows.settle_invoice),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::SETTLE_INVOICE => self.settle_invoice(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::SETTLE_INVOICE => fail_settle_invoice(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn deadline(step: usize) -> Option<Duration> {
        match step {
            step::SETTLE_INVOICE => Some(Duration::from_secs(2592000)),
            _ => None,
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

    /// `settle-invoice`: everything is there, so publishes `InvoicePaid`.
    fn settle_invoice(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.settle_invoice.inputs(cx.key);
        let (Some(invoice_sent), Some(bank_settled)) = (&inputs.invoice_sent, &inputs.bank_settled) else {
            return Err(Halt::unexpected("settle-invoice"));
        };
        self.handlers.settle_invoice(invoice_sent, bank_settled)?;
        let event = InvoicePaid { invoice_id: invoice_sent.invoice_id, success: true };
        cx.out.emit("settle-invoice", &event);
        Ok(0)
    }
}

/// `settle-invoice` fails: publishes `InvoicePaid.failure`.
fn fail_settle_invoice(cx: &mut Context<'_>) {
    let failure = InvoicePaid { invoice_id: *cx.correlation, success: false };
    cx.out.emit("settle-invoice", &failure);
}
