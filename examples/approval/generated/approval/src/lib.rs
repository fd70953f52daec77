// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `approval`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::time::Duration;

use payment_contracts::approval::{Approval, DecideApproval, Handlers};
use payment_contracts::events::{ApprovalDecided, PaymentRequested};
use payment_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Method, Refusal,
    Rejection, RequestContext, Routes, RowStatus, Service, StepRows, Steps, Table,
    TableSchema, Undecodable, Uuid,
};
use serde::{Deserialize, Serialize};

/// The service `approval`.
pub struct ApprovalService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `payment-requested`.
    PaymentRequested(PaymentRequested),
}

/// The requests that write.
pub enum Request {
    /// `POST /approvals/:paymentId`.
    DecideApproval(Uuid, DecideApproval),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `approval_tb`.
    pub approval: Table<Approval>,
    /// What `decide-approval` has seen of each saga.
    pub decide_approval: StepRows<DecideApprovalInputs>,
}

/// What `decide-approval` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DecideApprovalInputs {
    /// `PaymentRequested`, once it has arrived.
    pub payment_requested: Option<PaymentRequested>,
}

impl Inputs for DecideApprovalInputs {
    const STEP: &'static str = "decide-approval";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.payment_requested.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::PaymentRequested(event) => {
                self.payment_requested = Some(event.clone());
            }
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.approval]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.decide_approval]
    }
}

impl<H: Handlers> Service for ApprovalService<H> {
    const SAGA: &'static str = "payment";
    const NAME: &'static str = "approval";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[PaymentRequested::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ApprovalDecided::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("decide-approval", &[PaymentRequested::TOPIC]),
        ("open-approval", &[PaymentRequested::TOPIC]),
    ];
    const AT: usize = service::APPROVAL;
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
        vec![TableSchema::of::<Approval>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .write::<DecideApproval>(
                Method::Post,
                "/approvals/{paymentId}",
                |path, body| Ok(Request::DecideApproval(path.value("paymentId")?, body)),
                r#"{"approved":true,"reviewer":"reviewer"}"#,
            )
            .list::<Approval>("/approvals")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            PaymentRequested::TOPIC => saga_runtime::decode(body).map(Input::PaymentRequested),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::PaymentRequested(_) => message::PAYMENT_REQUESTED,
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::PaymentRequested(event) => &event.payment_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::DECIDE_APPROVAL => Some(&mut rows.decide_approval),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        match step {
            step::DECIDE_APPROVAL => rows.approval.lock_by("payment_id", at.correlation),
            step::OPEN_APPROVAL => rows.approval.reserve_new(),
            _ => {}
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::DECIDE_APPROVAL, 0) => {
                cx.rows.approval.existing(cx.rows.approval.find_by("payment_id", cx.correlation)?)
            }
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::DECIDE_APPROVAL, _) => self.decide_approval(cx),
            (step::OPEN_APPROVAL, Some(Input::PaymentRequested(event))) => open_approval(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::DECIDE_APPROVAL => fail_decide_approval(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn deadline(step: usize) -> Option<Duration> {
        match step {
            step::DECIDE_APPROVAL => Some(Duration::from_secs(259200)),
            _ => None,
        }
    }

    fn asked<'r>(request: &'r Request, _rows: &'r Rows) -> Option<(usize, &'r Uuid)> {
        match request {
            Request::DecideApproval(payment_id, _) => Some((step::DECIDE_APPROVAL, payment_id)),
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::DecideApproval(payment_id, _) => {
                cx.rows.approval.found_by("payment_id", payment_id).and_then(Answer::changed)
            }
        }
    }
}

impl<H: Handlers> ApprovalService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `decide-approval`: on `PaymentRequested`, publishes `ApprovalDecided`.
    fn decide_approval(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.decide_approval.inputs(cx.key);
        let Some(payment_requested) = &inputs.payment_requested else {
            return Err(Halt::unexpected("decide-approval"));
        };
        let Some(Request::DecideApproval(_, body)) = cx.request else {
            return Err(Halt::unexpected("decide-approval"));
        };
        let approval_key = cx.rows.approval
            .find_by("payment_id", cx.correlation)
            .cloned()
            .ok_or_else(Rejection::not_found)?;
        cx.rows.approval.ask::<_, Halt>(&approval_key, |approval| {
            self.handlers.decide_approval(approval, payment_requested, body)?;
            if !body.approved {
                return Err(Rejection::because("`approved` is false").into());
            }
            Ok(())
        })?;
        let event = ApprovalDecided {
            payment_id: *cx.correlation,
            reviewer: Some(body.reviewer.clone()),
            approved: true,
        };
        cx.out.emit("decide-approval", &event);
        Ok(0)
    }
}

/// `open-approval`: on `PaymentRequested`, creates an `Approval`.
fn open_approval(payment_requested: &PaymentRequested, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.approval.create(|id| Approval {
        id,
        payment_id: payment_requested.payment_id,
        amount: payment_requested.amount,
        reviewer: None,
    })?;
    cx.out.done("open-approval", cx.key);
    Ok(0)
}

/// `decide-approval` fails: publishes `ApprovalDecided.failure`.
fn fail_decide_approval(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(_), _) => {
            let Some(Request::DecideApproval(_, body)) = cx.request else {
                return cx.out.unexpected("decide-approval");
            };
            ApprovalDecided {
                payment_id: *cx.correlation,
                reviewer: Some(body.reviewer.clone()),
                approved: false,
            }
        }
        (Failing::Deadline, _) => {
            ApprovalDecided { payment_id: *cx.correlation, reviewer: None, approved: false }
        }
        _ => return cx.out.unexpected("decide-approval"),
    };
    cx.out.emit("decide-approval", &failure);
}
