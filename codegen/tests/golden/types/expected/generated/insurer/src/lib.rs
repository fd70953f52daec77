// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `insurer`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use insurance_contracts::events::{PolicyAsked, PolicyPriced};
use insurance_contracts::flow::{FLOW, message, service, step};
use insurance_contracts::insurer::{AskPolicy, Handlers, Policy, PolicyStatus};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable, Uuid,
};

/// The service `insurer`.
pub struct InsurerService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `policy-priced`.
    PolicyPriced(PolicyPriced),
}

/// The requests that write.
pub enum Request {
    /// `POST /policies`.
    AskPolicy(AskPolicy),
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

impl<H: Handlers> Service for InsurerService<H> {
    const SAGA: &'static str = "insurance";
    const NAME: &'static str = "insurer";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[PolicyPriced::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[PolicyAsked::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("issue", &[PolicyPriced::TOPIC]),
        ("decline", &[PolicyPriced::TOPIC]),
    ];
    const AT: usize = service::INSURER;
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
            .create::<AskPolicy>(
                "/policies",
                Request::AskPolicy,
                r#"{"cover":"basic","premium":"12.50","holder":{"name":"name","born":"2026-01-31","home":{"street":"street"}},"drivers":[],"startsAt":"2026-01-31T12:00:00Z","cents":"1"}"#,
            )
            .read::<Policy>("/policies/{id}")
            .list::<Policy>("/policies")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            PolicyPriced::TOPIC => saga_runtime::decode(body).map(Input::PolicyPriced),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::PolicyPriced(event) => match Outcome::of(event.success) {
                Outcome::Success => message::POLICY_PRICED_SUCCESS,
                Outcome::Failure => message::POLICY_PRICED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::PolicyPriced(event) => &event.policy_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if matches!(step, step::ISSUE | step::DECLINE) {
            rows.policy.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::ISSUE | step::DECLINE, 0) => cx.rows.policy.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::ISSUE, Some(Input::PolicyPriced(event))) => issue(event, cx),
            (step::DECLINE, Some(Input::PolicyPriced(event))) => decline(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::AskPolicy(_) => {
                rows.policy.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::AskPolicy(body) => self.ask_policy(body, cx),
        }
    }
}

impl<H: Handlers> InsurerService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `ask-policy`: creates a `Policy` and publishes `PolicyAsked`.
    fn ask_policy(&self, body: &AskPolicy, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.ask_policy(body)?;
        let policy = cx.rows.policy.create(|id| Policy {
            id,
            cover: body.cover,
            premium: body.premium,
            holder: body.holder.clone(),
            drivers: body.drivers.clone(),
            starts_at: body.starts_at,
            cents: body.cents,
            note: body.note.clone(),
            status: PolicyStatus::Asked,
        })?;
        let event = PolicyAsked {
            policy_id: policy.id,
            cover: body.cover,
            premium: body.premium,
            holder: body.holder.clone(),
            drivers: body.drivers.clone(),
            starts_at: body.starts_at,
            cents: body.cents,
            note: body.note.clone(),
        };
        cx.out.emit("ask-policy", &event);
        Answer::created(policy)
    }
}

/// `issue`: on `PolicyPriced.success`, moves the `Policy` to `ISSUED`.
fn issue(policy_priced: &PolicyPriced, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.policy.set_status(&policy_priced.policy_id, PolicyStatus::Issued);
    cx.out.moved("issue", cx.key, PolicyStatus::Issued);
    Ok(0)
}

/// `decline`: on `PolicyPriced.failure`, moves the `Policy` to `DECLINED`.
fn decline(policy_priced: &PolicyPriced, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.policy.set_status(&policy_priced.policy_id, PolicyStatus::Declined);
    cx.out.moved("decline", cx.key, PolicyStatus::Declined);
    Ok(0)
}
