// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `payment`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use payment_contracts::events::{EntryBooked, PaymentRequested};
use payment_contracts::flow::{FLOW, message, service, step};
use payment_contracts::payment::{Handlers, Payment, PaymentStatus, RequestPayment};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable, Uuid,
};

/// The service `payment`.
pub struct PaymentService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `entry-booked`.
    EntryBooked(EntryBooked),
}

/// The requests that write.
pub enum Request {
    /// `POST /payments`.
    RequestPayment(RequestPayment),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `payment_tb`.
    pub payment: Table<Payment>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.payment]
    }
}

impl<H: Handlers> Service for PaymentService<H> {
    const SAGA: &'static str = "payment";
    const NAME: &'static str = "payment";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[EntryBooked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[PaymentRequested::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("book-payment", &[EntryBooked::TOPIC]),
        ("refuse-payment", &[EntryBooked::TOPIC]),
    ];
    const AT: usize = service::PAYMENT;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = Uuid;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Payment>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<RequestPayment>(
                "/payments",
                Request::RequestPayment,
                r#"{"amount":"12.50","accountId":1,"card":"card","email":"email"}"#,
            )
            .read::<Payment>("/payments/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            EntryBooked::TOPIC => saga_runtime::decode(body).map(Input::EntryBooked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::EntryBooked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::ENTRY_BOOKED_SUCCESS,
                Outcome::Failure => message::ENTRY_BOOKED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::EntryBooked(event) => &event.payment_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if matches!(step, step::BOOK_PAYMENT | step::REFUSE_PAYMENT) {
            rows.payment.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::BOOK_PAYMENT | step::REFUSE_PAYMENT, 0) => cx.rows.payment.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::BOOK_PAYMENT, Some(Input::EntryBooked(event))) => book_payment(event, cx),
            (step::REFUSE_PAYMENT, Some(Input::EntryBooked(event))) => refuse_payment(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::RequestPayment(_) => {
                rows.payment.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::RequestPayment(body) => self.request_payment(body, cx),
        }
    }
}

impl<H: Handlers> PaymentService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `request-payment`: creates a `Payment` and publishes `PaymentRequested`.
    fn request_payment(
        &self,
        body: &RequestPayment,
        cx: &mut RequestContext<'_, Rows>,
    ) -> Result<Answer, Refusal> {
        self.handlers.request_payment(body)?;
        let payment = cx.rows.payment
            .create(|id| Payment { id, amount: body.amount, status: PaymentStatus::Open })?;
        let event = PaymentRequested {
            payment_id: payment.id,
            account_id: body.account_id,
            amount: body.amount,
            card: body.card.clone(),
            email: body.email.clone(),
        };
        cx.out.emit("request-payment", &event);
        Answer::created(payment)
    }
}

/// `book-payment`: on `EntryBooked.success`, moves the `Payment` to `BOOKED`.
fn book_payment(entry_booked: &EntryBooked, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.payment.set_status(&entry_booked.payment_id, PaymentStatus::Booked);
    cx.out.moved("book-payment", cx.key, PaymentStatus::Booked);
    Ok(0)
}

/// `refuse-payment`: on `EntryBooked.failure`, moves the `Payment` to `REFUSED`.
fn refuse_payment(entry_booked: &EntryBooked, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.payment.set_status(&entry_booked.payment_id, PaymentStatus::Refused);
    cx.out.moved("refuse-payment", cx.key, PaymentStatus::Refused);
    Ok(0)
}
