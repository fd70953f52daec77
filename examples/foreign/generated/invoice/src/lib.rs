// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `invoice`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use invoice_contracts::events::{InvoicePaid, InvoiceSent};
use invoice_contracts::flow::{FLOW, message, service, step};
use invoice_contracts::invoice::{Handlers, Invoice, InvoiceStatus, SendInvoice};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable,
};

/// The service `invoice`.
pub struct InvoiceService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `invoice-paid`.
    InvoicePaid(InvoicePaid),
}

/// The requests that write.
pub enum Request {
    /// `POST /invoices`.
    SendInvoice(SendInvoice),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `invoices`.
    pub invoice: Table<Invoice>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.invoice]
    }
}

impl<H: Handlers> Service for InvoiceService<H> {
    const SAGA: &'static str = "invoice";
    const NAME: &'static str = "invoice";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[InvoicePaid::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[InvoiceSent::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("close-invoice", &[InvoicePaid::TOPIC]),
        ("dun-invoice", &[InvoicePaid::TOPIC]),
    ];
    const AT: usize = service::INVOICE;
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
        vec![TableSchema::of::<Invoice>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<SendInvoice>("/invoices", Request::SendInvoice, r#"{"amount":1}"#)
            .read::<Invoice>("/invoices/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            InvoicePaid::TOPIC => saga_runtime::decode(body).map(Input::InvoicePaid),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::InvoicePaid(event) => match Outcome::of(event.success) {
                Outcome::Success => message::INVOICE_PAID_SUCCESS,
                Outcome::Failure => message::INVOICE_PAID_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::InvoicePaid(event) => &event.invoice_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::CLOSE_INVOICE | step::DUN_INVOICE) {
            rows.invoice.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::CLOSE_INVOICE | step::DUN_INVOICE, 0) => cx.rows.invoice.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::CLOSE_INVOICE, Some(Input::InvoicePaid(event))) => close_invoice(event, cx),
            (step::DUN_INVOICE, Some(Input::InvoicePaid(event))) => dun_invoice(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::SendInvoice(_) => {
                rows.invoice.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::SendInvoice(body) => self.send_invoice(body, cx),
        }
    }
}

impl<H: Handlers> InvoiceService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `send-invoice`: creates an `Invoice` and publishes `InvoiceSent`.
    fn send_invoice(&self, body: &SendInvoice, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.send_invoice(body)?;
        let invoice = cx.rows.invoice
            .create(|id| Invoice { id, amount: body.amount, status: InvoiceStatus::Sent })?;
        let event = InvoiceSent { invoice_id: invoice.id, amount: body.amount };
        cx.out.emit("send-invoice", &event);
        Answer::created(invoice)
    }
}

/// `close-invoice`: on `InvoicePaid.success`, moves the `Invoice` to `PAID`.
fn close_invoice(invoice_paid: &InvoicePaid, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.invoice.set_status(&invoice_paid.invoice_id, InvoiceStatus::Paid);
    cx.out.moved("close-invoice", cx.key, InvoiceStatus::Paid);
    Ok(0)
}

/// `dun-invoice`: on `InvoicePaid.failure`, moves the `Invoice` to `OVERDUE`.
fn dun_invoice(invoice_paid: &InvoicePaid, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.invoice.set_status(&invoice_paid.invoice_id, InvoiceStatus::Overdue);
    cx.out.moved("dun-invoice", cx.key, InvoiceStatus::Overdue);
    Ok(0)
}
