// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `order`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable,
};
use user_contracts::events::{Order, RecordId, Step};
use user_contracts::flow::{FLOW, message, service, step};
use user_contracts::order::{Group, Handlers, New, User, UserStatus};

/// The service `order`.
pub struct OrderService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `step`.
    Step(Step),
    /// From topic `record-id`.
    RecordId(RecordId),
}

/// The requests that write.
pub enum Request {
    /// `POST /user`.
    New(New),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `group_tb`.
    pub group: Table<Group>,
    /// The rows of `user`.
    pub user: Table<User>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.group, &mut self.user]
    }
}

impl<H: Handlers> Service for OrderService<H> {
    const SAGA: &'static str = "user";
    const NAME: &'static str = "order";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[Step::TOPIC, RecordId::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[Order::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("end", &[Step::TOPIC]),
        ("drop", &[Step::TOPIC]),
        ("insert", &[RecordId::TOPIC]),
    ];
    const AT: usize = service::ORDER;
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
        vec![TableSchema::of::<Group>(), TableSchema::of::<User>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<New>("/user", Request::New, r#"{"where":"where","gen":true,"type":1}"#)
            .read::<User>("/user/{id}")
            .list::<User>("/user")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            Step::TOPIC => saga_runtime::decode(body).map(Input::Step),
            RecordId::TOPIC => saga_runtime::decode(body).map(Input::RecordId),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::Step(event) => match Outcome::of(event.ok) {
                Outcome::Success => message::STEP_SUCCESS,
                Outcome::Failure => message::STEP_FAILURE,
            },
            Input::RecordId(_) => message::RECORD_ID,
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::Step(event) => &event.user_id,
            Input::RecordId(event) => &event.user_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        match step {
            step::END | step::DROP => rows.user.lock(at.correlation),
            step::INSERT => rows.group.reserve_new(),
            _ => {}
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::END | step::DROP, 0) => cx.rows.user.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::END, Some(Input::Step(event))) => end(event, cx),
            (step::DROP, Some(Input::Step(event))) => drop(event, cx),
            (step::INSERT, Some(Input::RecordId(event))) => insert(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::New(_) => {
                rows.user.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::New(body) => self.new_request(body, cx),
        }
    }
}

impl<H: Handlers> OrderService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `new`: creates an `User` and publishes `Order`.
    fn new_request(&self, body: &New, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.new(body)?;
        let user = cx.rows.user.create(|id| User {
            id,
            r#where: body.r#where.clone(),
            select: body.select,
            r#gen: body.r#gen,
            r#type: body.r#type,
            status: UserStatus::Enum,
        })?;
        let event = Order {
            user_id: user.id,
            r#type: body.r#type,
            r#where: body.r#where.clone(),
            select: body.select,
            r#gen: body.r#gen,
        };
        cx.out.emit("new", &event);
        Answer::created(user)
    }
}

/// `end`: on `Step.success`, moves the `User` to `END`.
fn end(step_event: &Step, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.user.set_status(&step_event.user_id, UserStatus::End);
    cx.out.moved("end", cx.key, UserStatus::End);
    Ok(0)
}

/// `drop`: on `Step.failure`, moves the `User` to `try`.
fn drop(step_event: &Step, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.user.set_status(&step_event.user_id, UserStatus::Try);
    cx.out.moved("drop", cx.key, UserStatus::Try);
    Ok(0)
}

/// `insert`: on `RecordID`, creates a `Group`.
fn insert(record_id: &RecordId, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.group.create(|id| Group { id, owner_id: record_id.owner_id })?;
    cx.out.done("insert", cx.key);
    Ok(0)
}
