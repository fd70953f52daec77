// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `user`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use user_contracts::events::{Checked, Order, RecordId, Select, Step, TableEvent};
use user_contracts::flow::{FLOW, message, service, step};
use user_contracts::user::{ColumnRow, EntityRow, Handlers};

/// The service `user`.
pub struct UserService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order`.
    Order(Order),
    /// From topic `table`.
    TableEvent(TableEvent),
    /// From topic `select`.
    Select(Select),
    /// From topic `checked`.
    Checked(Checked),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `entity_tb`.
    pub entity: Table<EntityRow>,
    /// The rows of `table`.
    pub column: Table<ColumnRow>,
    /// What `event` has seen of each saga.
    pub event: StepRows<EventInputs>,
}

/// What `event` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EventInputs {
    /// `Order`, once it has arrived.
    pub order: Option<Order>,
    /// `Table.success`, once it has arrived.
    pub table: Option<TableEvent>,
    /// `Select`, once it has arrived.
    pub select: Option<Select>,
}

impl Inputs for EventInputs {
    const STEP: &'static str = "event";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.order.is_some(),
            1 => self.table.is_some(),
            _ => self.select.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::Order(event) => self.order = Some(event.clone()),
            Input::TableEvent(event) => self.table = Some(event.clone()),
            Input::Select(event) => self.select = Some(event.clone()),
            _ => {}
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.entity, &mut self.column]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.event]
    }
}

impl<H: Handlers> Service for UserService<H> {
    const SAGA: &'static str = "user";
    const NAME: &'static str = "user";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[
        Order::TOPIC,
        TableEvent::TOPIC,
        Select::TOPIC,
        Checked::TOPIC,
    ];
    const PUBLISHES: &'static [&'static str] = &[
        TableEvent::TOPIC,
        RecordId::TOPIC,
        Step::TOPIC,
        Select::TOPIC,
        Checked::TOPIC,
    ];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("match", &[Order::TOPIC]),
        ("event", &[Order::TOPIC, TableEvent::TOPIC, Select::TOPIC]),
        ("cx", &[TableEvent::TOPIC]),
        ("from-order", &[Order::TOPIC]),
        ("into", &[Checked::TOPIC]),
    ];
    const AT: usize = service::USER;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<EntityRow>(), TableSchema::of::<ColumnRow>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<ColumnRow>("/tables")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            Order::TOPIC => saga_runtime::decode(body).map(Input::Order),
            TableEvent::TOPIC => saga_runtime::decode(body).map(Input::TableEvent),
            Select::TOPIC => saga_runtime::decode(body).map(Input::Select),
            Checked::TOPIC => saga_runtime::decode(body).map(Input::Checked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::Order(_) => message::ORDER,
            Input::TableEvent(event) => match Outcome::of(event.r#async) {
                Outcome::Success => message::TABLE_SUCCESS,
                Outcome::Failure => message::TABLE_FAILURE,
            },
            Input::Select(_) => message::SELECT,
            Input::Checked(event) => match Outcome::of(event.r#try) {
                Outcome::Success => message::CHECKED_SUCCESS,
                Outcome::Failure => message::CHECKED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::Order(event) => &event.user_id,
            Input::TableEvent(event) => &event.user_id,
            Input::Select(event) => &event.user_id,
            Input::Checked(event) => &event.user_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::EVENT => Some(&mut rows.event),
            _ => None,
        }
    }

    fn lock(&self, step: usize, _at: &At<'_, Input, i64>, rows: &mut Rows) {
        match step {
            step::MATCH | step::INTO => rows.column.reserve_new(),
            step::EVENT => rows.entity.reserve_new(),
            _ => {}
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::MATCH, Some(Input::Order(event))) => self.r#match(event, cx),
            (step::EVENT, _) => self.event_step(cx),
            (step::CX, Some(Input::TableEvent(event))) => cx_step(event, cx),
            (step::FROM_ORDER, Some(Input::Order(event))) => self.from_order(event, cx),
            (step::INTO, Some(Input::Checked(event))) => self.into(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::MATCH => fail_match(cx),
            step::EVENT => fail_event(cx),
            step::FROM_ORDER => fail_from_order(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

#[allow(clippy::new_ret_no_self, clippy::wrong_self_convention)]
impl<H: Handlers> UserService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `match`: on `Order`, creates a `Column` and publishes `Table` and `RecordID`.
    fn r#match(&self, order: &Order, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let answer = self.handlers.r#match(order)?;
        cx.rows.column.create(|id| ColumnRow { id, r#where: order.r#where.clone(), select: order.select })?;
        let event = TableEvent { user_id: order.user_id, r#as: answer.r#as, r#async: true };
        cx.out.emit("match", &event);
        let event = RecordId { user_id: order.user_id, owner_id: answer.owner_id, x1y2_z3: answer.x1y2_z3 };
        cx.out.emit("match", &event);
        Ok(0)
    }

    /// `event`: everything is there, so creates an `Entity` and publishes `Step`.
    fn event_step(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.event.inputs(cx.key);
        let (Some(order), Some(table), Some(select)) = (&inputs.order, &inputs.table, &inputs.select) else {
            return Err(Halt::unexpected("event"));
        };
        let answer = self.handlers.event(order, table, select)?;
        cx.rows.entity.create(|id| EntityRow {
            id,
            user_id: order.user_id,
            r#type: order.r#type,
            r#as: table.r#as,
            by: answer.by,
        })?;
        let event = Step { user_id: order.user_id, self1: answer.self1, ok: true };
        cx.out.emit("event", &event);
        Ok(0)
    }

    /// `from-order`: on `Order`, publishes `Checked`.
    fn from_order(&self, order: &Order, cx: &mut Context<'_>) -> Result<usize, Halt> {
        self.handlers.from_order(order)?;
        let event = Checked { user_id: order.user_id, r#try: true };
        cx.out.emit("from-order", &event);
        Ok(0)
    }

    /// `into`: on `Checked.failure`, creates a `Column` and publishes `Select`.
    fn into(&self, checked: &Checked, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let answer = self.handlers.into_step(checked);
        cx.rows.column.create(|id| ColumnRow { id, r#where: answer.r#where, select: None })?;
        let event = Select { user_id: checked.user_id, r#match: None };
        cx.out.emit("into", &event);
        Ok(0)
    }
}

/// `cx`: on `Table.success`, publishes `Select`.
fn cx_step(table: &TableEvent, cx: &mut Context<'_>) -> Result<usize, Halt> {
    let event = Select { user_id: table.user_id, r#match: None };
    cx.out.emit("cx", &event);
    Ok(0)
}

/// `match` fails: publishes `Table.failure`.
fn fail_match(cx: &mut Context<'_>) {
    let failure = TableEvent { user_id: *cx.correlation, r#as: -0.5, r#async: false };
    cx.out.emit("match", &failure);
}

/// `event` fails: publishes `Step.failure`.
fn fail_event(cx: &mut Context<'_>) {
    let failure = Step { user_id: *cx.correlation, self1: "a \"quoted\" one".to_owned(), ok: false };
    cx.out.emit("event", &failure);
}

/// `from-order` fails: publishes `Checked.failure`.
fn fail_from_order(cx: &mut Context<'_>) {
    let failure = Checked { user_id: *cx.correlation, r#try: false };
    cx.out.emit("from-order", &failure);
}
