// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `mail`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use payment_contracts::events::{EntryBooked, PaymentRequested};
use payment_contracts::flow::{FLOW, message, service, step};
use payment_contracts::mail::Handlers;
use saga_runtime::{
    Answer, AnySteps, AnyTable, Call, CallError, Calling, Event, Flow, Halt, Inputs,
    Outcome, Refusal, RequestContext, Routes, Service, StepRows, Steps, TableSchema,
    Unanswered, Undecodable, Uuid,
};
use serde::{Deserialize, Serialize};

/// The service `mail`.
pub struct MailService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid, Infallible, Answered>;

/// The messages the service reads.
pub enum Input {
    /// From topic `payment-requested`.
    PaymentRequested(PaymentRequested),
    /// From topic `entry-booked`.
    EntryBooked(EntryBooked),
}

/// What calls to other systems answer.
pub enum Answered {
    /// The call of `send-receipt`.
    SendReceipt,
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `send-receipt` has seen of each saga.
    pub send_receipt: StepRows<SendReceiptInputs>,
}

/// What `send-receipt` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SendReceiptInputs {
    /// `PaymentRequested`, once it has arrived.
    pub payment_requested: Option<PaymentRequested>,
    /// `EntryBooked.success`, once it has arrived.
    pub entry_booked: Option<EntryBooked>,
}

impl Inputs for SendReceiptInputs {
    const STEP: &'static str = "send-receipt";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.payment_requested.is_some(),
            _ => self.entry_booked.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::PaymentRequested(event) => {
                self.payment_requested = Some(event.clone());
            }
            Input::EntryBooked(event) => self.entry_booked = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.send_receipt]
    }
}

impl<H: Handlers> Service for MailService<H> {
    const SAGA: &'static str = "payment";
    const NAME: &'static str = "mail";
    const PORT: u16 = 8085;
    const CONSUMES: &'static [&'static str] = &[PaymentRequested::TOPIC, EntryBooked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("send-receipt", &[PaymentRequested::TOPIC, EntryBooked::TOPIC]),
    ];
    const AT: usize = service::MAIL;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = Uuid;
    type Answered = Answered;

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
            PaymentRequested::TOPIC => saga_runtime::decode(body).map(Input::PaymentRequested),
            EntryBooked::TOPIC => saga_runtime::decode(body).map(Input::EntryBooked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::PaymentRequested(_) => message::PAYMENT_REQUESTED,
            Input::EntryBooked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::ENTRY_BOOKED_SUCCESS,
                Outcome::Failure => message::ENTRY_BOOKED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::PaymentRequested(event) => &event.payment_id,
            Input::EntryBooked(event) => &event.payment_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::SEND_RECEIPT => Some(&mut rows.send_receipt),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::SEND_RECEIPT => send_receipt(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::SEND_RECEIPT => (10, Duration::from_secs(10)),
            _ => (10, Duration::from_secs(10)),
        }
    }

    fn call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Rows,
    ) -> Option<Calling<Result<Answered, CallError>>> {
        let service = Arc::clone(service);
        match step {
            step::SEND_RECEIPT => {
                let inputs = rows.send_receipt.inputs(key).clone();
                Some(
                    Box::pin(async move {
                        service.call_for_send_receipt(&call, &inputs).await
                    }),
                )
            }
            _ => None,
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> MailService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// Calls for `send-receipt`.
    async fn call_for_send_receipt(
        &self,
        call: &Call,
        inputs: &SendReceiptInputs,
    ) -> Result<Answered, CallError> {
        let (Some(payment_requested), Some(entry_booked)) = (
            &inputs.payment_requested,
            &inputs.entry_booked,
        ) else {
            return Err(Unanswered::because("its messages are not there").into());
        };
        self.handlers
            .send_receipt(call, payment_requested, entry_booked)
            .await
            .map(|()| Answered::SendReceipt)
    }
}

/// `send-receipt`: everything is there, so asks the handler.
fn send_receipt(cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.out.done("send-receipt", cx.key);
    Ok(0)
}
