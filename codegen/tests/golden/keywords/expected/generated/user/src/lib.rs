// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `user`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, Context, Effect, Event, Fault, IdempotencyClaims, Inputs,
    Outcome, Refusal, Routes, Service, StepRows, Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use user_contracts::events::{Checked, Order, RecordId, Select, Step, TableEvent};
use user_contracts::user::{ColumnRow, EntityRow, Handlers};

/// The service `user`.
pub struct UserService<H> {
    handlers: H,
}

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

    fn complete(&self) -> bool {
        self.order.is_some() && self.table.is_some() && self.select.is_some()
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

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::Order(event) => {
                claims.claim("match", event.user_id);
                rows.event.lock(event.user_id);
                claims.claim("from-order", event.user_id);
            }
            Input::TableEvent(event) => {
                rows.event.lock(event.user_id);
                claims.claim("cx", event.user_id);
            }
            Input::Select(event) => rows.event.lock(event.user_id),
            Input::Checked(event) => claims.claim("into", event.user_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::Order(_) => {
                rows.column.reserve_new();
                rows.entity.reserve_new();
            }
            Input::TableEvent(_) => rows.entity.reserve_new(),
            Input::Select(_) => rows.entity.reserve_new(),
            Input::Checked(_) => rows.column.reserve_new(),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::Order(event) => {
                self.r#match(event, cx);
                self.event_on_order(event, cx);
                self.from_order(event, cx);
            }
            Input::TableEvent(event) => match Outcome::of(event.r#async) {
                Outcome::Success => {
                    self.event_on_table_event(event, cx);
                    cx_step(event, cx);
                }
                Outcome::Failure => close_event(event, cx),
            },
            Input::Select(event) => self.event_on_select(event, cx),
            Input::Checked(event) => match Outcome::of(event.r#try) {
                Outcome::Success => {}
                Outcome::Failure => self.into(event, cx)?,
            },
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
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
    fn r#match(&self, order: &Order, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("match", order.user_id) {
            return;
        }
        let decided = cx.out.decide("match", || self.handlers.r#match(order)).and_then(|answer| {
            cx.rows.column
                .create(|id| ColumnRow { id, r#where: order.r#where.clone(), select: order.select })?;
            Ok((
                TableEvent { user_id: order.user_id, r#as: answer.r#as, r#async: true },
                RecordId { user_id: order.user_id, owner_id: answer.owner_id, x1y2_z3: answer.x1y2_z3 },
            ))
        });
        match decided {
            Ok((table_event, record_id)) => {
                cx.out.emit("match", &table_event);
                cx.out.emit("match", &record_id);
            }
            Err(rejection) => {
                cx.out.rejected("match", order.user_id, &rejection);
                let failure = TableEvent { user_id: order.user_id, r#as: -0.5, r#async: false };
                cx.out.emit("match", &failure);
            }
        }
    }

    /// `Order` reaches `event`.
    fn event_on_order(&self, event: &Order, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.event.row(event.user_id);
        match step.arrive(|inputs| &mut inputs.order, event) {
            Effect::Run => self.event_step(event.user_id, cx),
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
    }

    /// `Table.success` reaches `event`.
    fn event_on_table_event(&self, event: &TableEvent, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.event.row(event.user_id);
        match step.arrive(|inputs| &mut inputs.table, event) {
            Effect::Run => self.event_step(event.user_id, cx),
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
    }

    /// `Select` reaches `event`.
    fn event_on_select(&self, event: &Select, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.event.row(event.user_id);
        match step.arrive(|inputs| &mut inputs.select, event) {
            Effect::Run => self.event_step(event.user_id, cx),
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
    }

    /// `event`: everything is there, so creates an `Entity` and publishes `Step`.
    fn event_step(&self, correlation: i64, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.event.row(correlation);
        let EventInputs { order: Some(order), table: Some(table), select: Some(select) } = &step.inputs else {
            return;
        };
        let decided = cx.out.decide("event", || self.handlers.event(order, table, select)).and_then(|answer| {
            cx.rows.entity.create(|id| EntityRow {
                id,
                user_id: order.user_id,
                r#type: order.r#type,
                r#as: table.r#as,
                by: answer.by,
            })?;
            Ok(Step { user_id: order.user_id, self1: answer.self1, ok: true })
        });
        let succeeded = decided.is_ok();
        match decided {
            Ok(event) => cx.out.emit("event", &event),
            Err(rejection) => {
                cx.out.rejected("event", correlation, &rejection);
                let failure = Step {
                    user_id: order.user_id,
                    self1: "a \"quoted\" one".to_owned(),
                    ok: false,
                };
                cx.out.emit("event", &failure);
            }
        }
        step.ended(succeeded);
    }

    /// `from-order`: on `Order`, publishes `Checked`.
    fn from_order(&self, order: &Order, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("from-order", order.user_id) {
            return;
        }
        let decided = cx.out.decide("from-order", || self.handlers.from_order(order));
        if let Err(rejection) = &decided {
            cx.out.rejected("from-order", order.user_id, rejection);
        }
        let event = Checked { user_id: order.user_id, r#try: decided.is_ok() };
        cx.out.emit("from-order", &event);
    }

    /// `into`: on `Checked.failure`, creates a `Column` and publishes `Select`.
    fn into(&self, checked: &Checked, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        if !cx.out.first_run("into", checked.user_id) {
            return Ok(());
        }
        let answer = self.handlers.into_step(checked);
        let decided = cx.rows.column
            .create(|id| ColumnRow { id, r#where: answer.r#where, select: None })
            .map(|_| Select { user_id: checked.user_id, r#match: None });
        let event = decided.map_err(Fault::Rejected)?;
        cx.out.emit("into", &event);
        Ok(())
    }
}

/// `cx`: on `Table.success`, publishes `Select`.
fn cx_step(table: &TableEvent, cx: &mut Context<'_, Rows>) {
    if !cx.out.first_run("cx", table.user_id) {
        return;
    }
    let event = Select { user_id: table.user_id, r#match: None };
    cx.out.emit("cx", &event);
}

/// `Table.failure` closes `event`: publishes `Step.failure` without asking the
/// handler.
fn close_event(event: &TableEvent, cx: &mut Context<'_, Rows>) {
    let step = cx.rows.event.row(event.user_id);
    if step.close() != Effect::Fail {
        return;
    }
    let failure = Step { user_id: event.user_id, self1: "a \"quoted\" one".to_owned(), ok: false };
    cx.out.emit("event", &failure);
}
