// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `policy`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use insurance_contracts::events::{PolicyIssued, PolicyRequested};
use insurance_contracts::flow::{FLOW, message, service, step};
use insurance_contracts::policy::{Handlers, Policy, PolicyStatus, RequestPolicy};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable, Uuid,
};

/// The service `policy`.
pub struct PolicyService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `policy-issued`.
    PolicyIssued(PolicyIssued),
}

/// The requests that write.
pub enum Request {
    /// `POST /policies`.
    RequestPolicy(RequestPolicy),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `policy_tb`.
    pub policy: Table<Policy>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.policy]
    }
}

impl<H: Handlers> Service for PolicyService<H> {
    const SAGA: &'static str = "insurance";
    const NAME: &'static str = "policy";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[PolicyIssued::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[PolicyRequested::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("issue-policy", &[PolicyIssued::TOPIC]),
        ("decline-policy", &[PolicyIssued::TOPIC]),
    ];
    const AT: usize = service::POLICY;
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
        vec![TableSchema::of::<Policy>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<RequestPolicy>(
                "/policies",
                Request::RequestPolicy,
                r#"{"cover":"basic","premium":"12.50","drivers":[],"startsAt":"2026-01-31T12:00:00Z"}"#,
            )
            .read::<Policy>("/policies/{id}")
            .list::<Policy>("/policies")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            PolicyIssued::TOPIC => saga_runtime::decode(body).map(Input::PolicyIssued),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::PolicyIssued(event) => match Outcome::of(event.success) {
                Outcome::Success => message::POLICY_ISSUED_SUCCESS,
                Outcome::Failure => message::POLICY_ISSUED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::PolicyIssued(event) => &event.policy_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if matches!(step, step::ISSUE_POLICY | step::DECLINE_POLICY) {
            rows.policy.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::ISSUE_POLICY | step::DECLINE_POLICY, 0) => cx.rows.policy.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::ISSUE_POLICY, Some(Input::PolicyIssued(event))) => issue_policy(event, cx),
            (step::DECLINE_POLICY, Some(Input::PolicyIssued(event))) => decline_policy(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::RequestPolicy(_) => {
                rows.policy.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::RequestPolicy(body) => self.request_policy(body, cx),
        }
    }
}

impl<H: Handlers> PolicyService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `request-policy`: creates a `Policy` and publishes `PolicyRequested`.
    fn request_policy(
        &self,
        body: &RequestPolicy,
        cx: &mut RequestContext<'_, Rows>,
    ) -> Result<Answer, Refusal> {
        self.handlers.request_policy(body)?;
        let policy = cx.rows.policy.create(|id| Policy {
            id,
            cover: body.cover,
            premium: body.premium,
            drivers: body.drivers.clone(),
            starts_at: body.starts_at,
            status: PolicyStatus::Requested,
        })?;
        let event = PolicyRequested {
            policy_id: policy.id,
            cover: body.cover,
            premium: body.premium,
            drivers: body.drivers.clone(),
            starts_at: body.starts_at,
            note: body.note.clone(),
        };
        cx.out.emit("request-policy", &event);
        Answer::created(policy)
    }
}

/// `issue-policy`: on `PolicyIssued.success`, moves the `Policy` to `ISSUED`.
fn issue_policy(policy_issued: &PolicyIssued, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.policy.set_status(&policy_issued.policy_id, PolicyStatus::Issued);
    cx.out.moved("issue-policy", cx.key, PolicyStatus::Issued);
    Ok(0)
}

/// `decline-policy`: on `PolicyIssued.failure`, moves the `Policy` to `DECLINED`.
fn decline_policy(policy_issued: &PolicyIssued, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.policy.set_status(&policy_issued.policy_id, PolicyStatus::Declined);
    cx.out.moved("decline-policy", cx.key, PolicyStatus::Declined);
    Ok(0)
}
