// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `limits`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Calling, Event, Failing, Flow, Halt, Inputs, Outcome,
    Refusal, RequestContext, Routes, Service, Sql, SqlError, StepRows, Steps, Table,
    TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use wire_contracts::events::{LimitReserved, WireAsked, WireBooked};
use wire_contracts::flow::{FLOW, message, service, step};
use wire_contracts::limits::{Handlers, Limit, ReserveLimit};

/// The service `limits`.
pub struct LimitsService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Infallible, Answered>;

/// The messages the service reads.
pub enum Input {
    /// From topic `wire-asked`.
    WireAsked(WireAsked),
    /// From topic `wire-booked`.
    WireBooked(WireBooked),
}

/// What handlers answer that are asked apart from their batch.
pub enum Answered {
    /// The SQL of `reserve-limit`.
    ReserveLimit(ReserveLimit),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `limit_tb`.
    pub limit: Table<Limit>,
    /// What `reserve-limit` has seen of each saga.
    pub reserve_limit: StepRows<ReserveLimitInputs>,
}

/// What `reserve-limit` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReserveLimitInputs {
    /// `WireAsked`, once it has arrived.
    pub wire_asked: Option<WireAsked>,
    /// `LimitReserved`, once it has published it.
    pub limit_reserved: Option<LimitReserved>,
}

impl Inputs for ReserveLimitInputs {
    const STEP: &'static str = "reserve-limit";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.wire_asked.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::WireAsked(event) = message {
            self.wire_asked = Some(event.clone());
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.limit]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.reserve_limit]
    }
}

impl<H: Handlers> Service for LimitsService<H> {
    const SAGA: &'static str = "wire";
    const NAME: &'static str = "limits";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[WireAsked::TOPIC, WireBooked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[LimitReserved::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("reserve-limit", &[WireAsked::TOPIC]),
        ("free-limit", &[WireBooked::TOPIC]),
    ];
    const AT: usize = service::LIMITS;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Answered;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Limit>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Limit>("/limits")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            WireAsked::TOPIC => saga_runtime::decode(body).map(Input::WireAsked),
            WireBooked::TOPIC => saga_runtime::decode(body).map(Input::WireBooked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::WireAsked(_) => message::WIRE_ASKED,
            Input::WireBooked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::WIRE_BOOKED_SUCCESS,
                Outcome::Failure => message::WIRE_BOOKED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::WireAsked(event) => &event.wire_id,
            Input::WireBooked(event) => &event.wire_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::RESERVE_LIMIT => Some(&mut rows.reserve_limit),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if step == step::RESERVE_LIMIT {
            if let Some(Input::WireAsked(wire_asked)) = at.input {
                rows.limit.lock(&wire_asked.account_id);
            } else if let Some(wire_asked) = &rows.reserve_limit.inputs(at.key).wire_asked {
                rows.limit.lock(&wire_asked.account_id);
            }
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::RESERVE_LIMIT => match cx.answered {
                Some(Answered::ReserveLimit(answer)) => reserve_limit(answer, cx),
                _ => Err(Self::unexpected(step)),
            },
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::RESERVE_LIMIT => fail_reserve_limit(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::RESERVE_LIMIT => (3, Duration::from_secs(2)),
            _ => (10, Duration::from_secs(10)),
        }
    }

    fn compensation_of(step: usize) -> &'static str {
        match step {
            step::RESERVE_LIMIT => "free-limit",
            _ => Self::name_of(step),
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
            step::RESERVE_LIMIT => {
                let inputs = rows.reserve_limit.inputs(key).clone();
                let wire_asked = inputs.wire_asked.as_ref()?;
                let limit = rows.limit.get(&wire_asked.account_id).cloned();
                Some(
                    Box::pin(async move {
                        service.sql_for_reserve_limit(&sql, limit, &inputs).await
                    }),
                )
            }
            _ => None,
        }
    }

    fn undo_sql(
        service: &Arc<Self>,
        step: usize,
        sql: Sql,
        key: &str,
        rows: &mut Rows,
    ) -> Option<Calling<Result<(), SqlError>>> {
        let service = Arc::clone(service);
        match step {
            step::RESERVE_LIMIT => {
                let inputs = rows.reserve_limit.inputs(key).clone();
                let wire_asked = inputs.wire_asked.as_ref()?;
                let limit = rows.limit.get(&wire_asked.account_id).cloned();
                Some(
                    Box::pin(async move {
                        service.free_limit(&sql, limit, &inputs).await
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

impl<H: Handlers> LimitsService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// Asks for `reserve-limit`, in its transaction.
    async fn sql_for_reserve_limit(
        &self,
        sql: &Sql,
        limit: Option<Limit>,
        inputs: &ReserveLimitInputs,
    ) -> Result<Answered, SqlError> {
        let Some(wire_asked) = &inputs.wire_asked else {
            return Err(SqlError::because("its messages are not there"));
        };
        let Some(limit) = &limit else {
            return Err(SqlError::because("its `Limit` is not there"));
        };
        self.handlers.reserve_limit(sql, limit, wire_asked).await.map(Answered::ReserveLimit)
    }

    /// `free-limit`: compensates `reserve-limit`, in a transaction of its own.
    async fn free_limit(
        &self,
        sql: &Sql,
        limit: Option<Limit>,
        inputs: &ReserveLimitInputs,
    ) -> Result<(), SqlError> {
        let (Some(wire_asked), Some(limit_reserved)) = (&inputs.wire_asked, &inputs.limit_reserved) else {
            return Err(SqlError::because("its messages are not there"));
        };
        let Some(limit) = &limit else {
            return Err(SqlError::because("its `Limit` is not there"));
        };
        self.handlers.free_limit(sql, limit, wire_asked, limit_reserved).await
    }
}

/// `reserve-limit`: on `WireAsked`, changes the `Limit` and publishes
/// `LimitReserved`.
fn reserve_limit(answer: &ReserveLimit, cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.reserve_limit.inputs(cx.key);
    let Some(wire_asked) = &inputs.wire_asked else {
        return Err(Halt::unexpected("reserve-limit"));
    };
    let event = LimitReserved { wire_id: wire_asked.wire_id, left: answer.left, reason: None, success: true };
    cx.out.emit("reserve-limit", &event);
    cx.rows.reserve_limit.keep(cx.key).limit_reserved = Some(event);
    Ok(0)
}

/// `reserve-limit` fails: publishes `LimitReserved.failure`.
fn fail_reserve_limit(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            LimitReserved {
                wire_id: *cx.correlation,
                left: 0,
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        (Failing::SagaFailed, _) => {
            LimitReserved {
                wire_id: *cx.correlation,
                left: 0,
                reason: Some("the saga has failed".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("reserve-limit"),
    };
    cx.out.emit("reserve-limit", &failure);
}
