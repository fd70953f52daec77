// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `underwriting`: which messages it reads, which rows
//! they touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use insurance_contracts::events::{PolicyIssued, PolicyRequested};
use insurance_contracts::flow::{FLOW, message, service, step};
use insurance_contracts::underwriting::{Handlers, Tariff, Underwrite};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Calling, Event, Failing, Flow, Halt, Inputs, Refusal,
    RequestContext, Routes, Service, Sql, SqlError, StepRows, Steps, Table, TableSchema,
    Undecodable, Uuid,
};
use serde::{Deserialize, Serialize};

/// The service `underwriting`.
pub struct UnderwritingService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid, Infallible, Answered>;

/// The messages the service reads.
pub enum Input {
    /// From topic `policy-requested`.
    PolicyRequested(PolicyRequested),
}

/// What handlers answer that are asked apart from their batch.
pub enum Answered {
    /// The SQL of `underwrite`.
    Underwrite(Underwrite),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `tariff_tb`.
    pub tariff: Table<Tariff>,
    /// What `underwrite` has seen of each saga.
    pub underwrite: StepRows<UnderwriteInputs>,
}

/// What `underwrite` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UnderwriteInputs {
    /// `PolicyRequested`, once it has arrived.
    pub policy_requested: Option<PolicyRequested>,
}

impl Inputs for UnderwriteInputs {
    const STEP: &'static str = "underwrite";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.policy_requested.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::PolicyRequested(event) => self.policy_requested = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.tariff]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.underwrite]
    }
}

impl<H: Handlers> Service for UnderwritingService<H> {
    const SAGA: &'static str = "insurance";
    const NAME: &'static str = "underwriting";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[PolicyRequested::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[PolicyIssued::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("underwrite", &[PolicyRequested::TOPIC]),
    ];
    const AT: usize = service::UNDERWRITING;
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
        vec![TableSchema::of::<Tariff>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Tariff>("/tariffs")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            PolicyRequested::TOPIC => saga_runtime::decode(body).map(Input::PolicyRequested),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::PolicyRequested(_) => message::POLICY_REQUESTED,
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::PolicyRequested(event) => &event.policy_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::UNDERWRITE => Some(&mut rows.underwrite),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::UNDERWRITE => match cx.answered {
                Some(Answered::Underwrite(answer)) => underwrite(answer, cx),
                _ => Err(Self::unexpected(step)),
            },
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::UNDERWRITE => fail_underwrite(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::UNDERWRITE => (10, Duration::from_secs(10)),
            _ => (10, Duration::from_secs(10)),
        }
    }

    fn sql(
        service: &Arc<Self>,
        step: usize,
        sql: Sql,
        key: &str,
        rows: &mut Rows,
    ) -> Option<Calling<Result<Answered, SqlError>>> {
        let service = Arc::clone(service);
        match step {
            step::UNDERWRITE => {
                let inputs = rows.underwrite.inputs(key).clone();
                Some(
                    Box::pin(async move {
                        service.sql_for_underwrite(&sql, &inputs).await
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

impl<H: Handlers> UnderwritingService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// Asks for `underwrite`, in its transaction.
    async fn sql_for_underwrite(&self, sql: &Sql, inputs: &UnderwriteInputs) -> Result<Answered, SqlError> {
        let Some(policy_requested) = &inputs.policy_requested else {
            return Err(SqlError::because("its messages are not there"));
        };
        self.handlers.underwrite(sql, policy_requested).await.map(Answered::Underwrite)
    }
}

/// `underwrite`: on `PolicyRequested`, publishes `PolicyIssued`.
fn underwrite(answer: &Underwrite, cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.underwrite.inputs(cx.key);
    let Some(policy_requested) = &inputs.policy_requested else {
        return Err(Halt::unexpected("underwrite"));
    };
    let event = PolicyIssued {
        policy_id: policy_requested.policy_id,
        number: Some(answer.number.clone()),
        reason: None,
        success: true,
    };
    cx.out.emit("underwrite", &event);
    Ok(0)
}

/// `underwrite` fails: publishes `PolicyIssued.failure`.
fn fail_underwrite(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            PolicyIssued {
                policy_id: *cx.correlation,
                number: None,
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("underwrite"),
    };
    cx.out.emit("underwrite", &failure);
}
