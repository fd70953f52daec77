// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `order`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Outcome, Refusal, Routes,
    Service, Table, TableSchema, Undecodable,
};
use user_contracts::events::{Order, RecordId, Step};
use user_contracts::order::{Group, Handlers, New, User, UserStatus};

/// The service `order`.
pub struct OrderService<H> {
    handlers: H,
}

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

    type Input = Input;
    type Request = Request;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::Step(_) => {}
            Input::RecordId(event) => claims.claim("insert", event.user_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::Step(event) => rows.user.lock(&event.user_id),
            Input::RecordId(_) => rows.group.reserve_new(),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::Step(event) => match Outcome::of(event.ok) {
                Outcome::Success => end(event, cx),
                Outcome::Failure => drop(event, cx),
            },
            Input::RecordId(event) => insert(event, cx)?,
        }
        Ok(())
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::New(_) => rows.user.reserve_new(),
        }
    }

    fn answer(&self, request: &Request, cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
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
    fn new_request(&self, body: &New, cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
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
fn end(step_event: &Step, cx: &mut Context<'_, Rows>) {
    let moved = cx.rows.user.advance(&step_event.user_id, UserStatus::End);
    cx.out.moved("end", step_event.user_id, moved, UserStatus::End);
}

/// `drop`: on `Step.failure`, moves the `User` to `try`.
fn drop(step_event: &Step, cx: &mut Context<'_, Rows>) {
    let moved = cx.rows.user.advance(&step_event.user_id, UserStatus::Try);
    cx.out.moved("drop", step_event.user_id, moved, UserStatus::Try);
}

/// `insert`: on `RecordID`, creates a `Group`.
fn insert(record_id: &RecordId, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
    if !cx.out.first_run("insert", record_id.user_id) {
        return Ok(());
    }
    cx.rows.group.create(|id| Group { id, owner_id: record_id.owner_id }).map_err(Fault::Rejected)?;
    cx.out.done("insert", record_id.user_id);
    Ok(())
}
