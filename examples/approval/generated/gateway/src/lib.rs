// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `gateway`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use payment_contracts::events::{
    ApprovalDecided, EntryBooked, PaymentCaptured, PaymentRequested,
};
use payment_contracts::flow::{FLOW, message, service, step};
use payment_contracts::gateway::{CapturePayment, Handlers};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Call, CallError, Calling, Event, Failing, Flow, Halt,
    Inputs, Outcome, Refusal, RequestContext, Routes, Service, StepRows, Steps,
    TableSchema, Unanswered, Undecodable, Uuid,
};
use serde::{Deserialize, Serialize};

/// The service `gateway`.
pub struct GatewayService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid, Infallible, Answered>;

/// The messages the service reads.
pub enum Input {
    /// From topic `payment-requested`.
    PaymentRequested(PaymentRequested),
    /// From topic `approval-decided`.
    ApprovalDecided(ApprovalDecided),
    /// From topic `entry-booked`.
    EntryBooked(EntryBooked),
}

/// What calls to other systems answer.
pub enum Answered {
    /// The call of `capture-payment`.
    CapturePayment(CapturePayment),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `capture-payment` has seen of each saga.
    pub capture_payment: StepRows<CapturePaymentInputs>,
}

/// What `capture-payment` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CapturePaymentInputs {
    /// `PaymentRequested`, once it has arrived.
    pub payment_requested: Option<PaymentRequested>,
    /// `ApprovalDecided.success`, once it has arrived.
    pub approval_decided: Option<ApprovalDecided>,
    /// `PaymentCaptured`, once it has published it.
    pub payment_captured: Option<PaymentCaptured>,
}

impl Inputs for CapturePaymentInputs {
    const STEP: &'static str = "capture-payment";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.payment_requested.is_some(),
            _ => self.approval_decided.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::PaymentRequested(event) => {
                self.payment_requested = Some(event.clone());
            }
            Input::ApprovalDecided(event) => self.approval_decided = Some(event.clone()),
            _ => {}
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.capture_payment]
    }
}

impl<H: Handlers> Service for GatewayService<H> {
    const SAGA: &'static str = "payment";
    const NAME: &'static str = "gateway";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[
        PaymentRequested::TOPIC,
        ApprovalDecided::TOPIC,
        EntryBooked::TOPIC,
    ];
    const PUBLISHES: &'static [&'static str] = &[PaymentCaptured::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("capture-payment", &[PaymentRequested::TOPIC, ApprovalDecided::TOPIC]),
        ("refund-payment", &[EntryBooked::TOPIC]),
    ];
    const AT: usize = service::GATEWAY;
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
            ApprovalDecided::TOPIC => saga_runtime::decode(body).map(Input::ApprovalDecided),
            EntryBooked::TOPIC => saga_runtime::decode(body).map(Input::EntryBooked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::PaymentRequested(_) => message::PAYMENT_REQUESTED,
            Input::ApprovalDecided(event) => match Outcome::of(event.approved) {
                Outcome::Success => message::APPROVAL_DECIDED_SUCCESS,
                Outcome::Failure => message::APPROVAL_DECIDED_FAILURE,
            },
            Input::EntryBooked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::ENTRY_BOOKED_SUCCESS,
                Outcome::Failure => message::ENTRY_BOOKED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::PaymentRequested(event) => &event.payment_id,
            Input::ApprovalDecided(event) => &event.payment_id,
            Input::EntryBooked(event) => &event.payment_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::CAPTURE_PAYMENT => Some(&mut rows.capture_payment),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::CAPTURE_PAYMENT => match cx.answered {
                Some(Answered::CapturePayment(answer)) => capture_payment(answer, cx),
                _ => Err(Self::unexpected(step)),
            },
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::CAPTURE_PAYMENT => fail_capture_payment(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::CAPTURE_PAYMENT => (5, Duration::from_secs(20)),
            _ => (10, Duration::from_secs(10)),
        }
    }

    fn compensation_of(step: usize) -> &'static str {
        match step {
            step::CAPTURE_PAYMENT => "refund-payment",
            _ => Self::name_of(step),
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
            step::CAPTURE_PAYMENT => {
                let inputs = rows.capture_payment.inputs(key).clone();
                Some(
                    Box::pin(async move {
                        service.call_for_capture_payment(&call, &inputs).await
                    }),
                )
            }
            _ => None,
        }
    }

    fn undo_call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Rows,
    ) -> Option<Calling<Result<(), Unanswered>>> {
        let service = Arc::clone(service);
        match step {
            step::CAPTURE_PAYMENT => {
                let inputs = rows.capture_payment.inputs(key).clone();
                Some(Box::pin(async move { service.refund_payment(&call, &inputs).await }))
            }
            _ => None,
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> GatewayService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// Calls for `capture-payment`.
    async fn call_for_capture_payment(
        &self,
        call: &Call,
        inputs: &CapturePaymentInputs,
    ) -> Result<Answered, CallError> {
        let (Some(payment_requested), Some(approval_decided)) = (
            &inputs.payment_requested,
            &inputs.approval_decided,
        ) else {
            return Err(Unanswered::because("its messages are not there").into());
        };
        self.handlers
            .capture_payment(call, payment_requested, approval_decided)
            .await
            .map(Answered::CapturePayment)
    }

    /// `refund-payment`: compensates the call of `capture-payment`, which may never
    /// have been answered.
    async fn refund_payment(&self, call: &Call, inputs: &CapturePaymentInputs) -> Result<(), Unanswered> {
        let (Some(payment_requested), Some(approval_decided)) = (
            &inputs.payment_requested,
            &inputs.approval_decided,
        ) else {
            return Err(Unanswered::because("its messages are not there"));
        };
        self.handlers
            .refund_payment(call, payment_requested, approval_decided, inputs.payment_captured.as_ref())
            .await
    }
}

/// `capture-payment`: everything is there, so publishes `PaymentCaptured`.
fn capture_payment(answer: &CapturePayment, cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.capture_payment.inputs(cx.key);
    let Some(payment_requested) = &inputs.payment_requested else {
        return Err(Halt::unexpected("capture-payment"));
    };
    let event = PaymentCaptured {
        payment_id: payment_requested.payment_id,
        capture_id: Some(answer.capture_id.clone()),
        reason: None,
        success: true,
    };
    cx.out.emit("capture-payment", &event);
    cx.rows.capture_payment.keep(cx.key).payment_captured = Some(event);
    Ok(0)
}

/// `capture-payment` fails: publishes `PaymentCaptured.failure`.
fn fail_capture_payment(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            PaymentCaptured {
                payment_id: *cx.correlation,
                capture_id: None,
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::ApprovalDecided(_))) => {
            PaymentCaptured {
                payment_id: *cx.correlation,
                capture_id: None,
                reason: Some("ApprovalDecided.failure".to_owned()),
                success: false,
            }
        }
        (Failing::SagaFailed, _) => {
            PaymentCaptured {
                payment_id: *cx.correlation,
                capture_id: None,
                reason: Some("the saga has failed".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("capture-payment"),
    };
    cx.out.emit("capture-payment", &failure);
}
