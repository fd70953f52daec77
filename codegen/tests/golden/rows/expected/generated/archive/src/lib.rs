// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `archive`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use market_contracts::archive::{Day, DayStatus, Entry};
use market_contracts::events::{OrderPacked, OrderPlaced, OrderSent};
use market_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Flow, Halt, Inputs, Outcome, Refusal,
    Rejection, RequestContext, Routes, RowStatus, Service, StepRows, Steps, Table,
    TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `archive`.
pub struct ArchiveService;

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order-placed`.
    OrderPlaced(OrderPlaced),
    /// From topic `order-sent`.
    OrderSent(OrderSent),
    /// From topic `order-packed`.
    OrderPacked(OrderPacked),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `day_tb`.
    pub day: Table<Day>,
    /// The rows of `entry_tb`.
    pub entry: Table<Entry>,
    /// What `close-day` has seen of each saga.
    pub close_day: StepRows<CloseDayInputs>,
    /// What `lose-day` has seen of each saga.
    pub lose_day: StepRows<LoseDayInputs>,
    /// What `open-day` has seen of each saga.
    pub open_day: StepRows<OpenDayInputs>,
}

/// What `close-day` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CloseDayInputs {
    /// `OrderSent`, once it has arrived.
    pub order_sent: Option<OrderSent>,
}

impl Inputs for CloseDayInputs {
    const STEP: &'static str = "close-day";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.order_sent.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::OrderSent(event) = message {
            self.order_sent = Some(event.clone());
        }
    }
}

/// What `lose-day` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoseDayInputs {
    /// `OrderPacked.failure`, once it has arrived.
    pub order_packed: Option<OrderPacked>,
}

impl Inputs for LoseDayInputs {
    const STEP: &'static str = "lose-day";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.order_packed.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::OrderPacked(event) = message {
            self.order_packed = Some(event.clone());
        }
    }
}

/// What `open-day` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OpenDayInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
}

impl Inputs for OpenDayInputs {
    const STEP: &'static str = "open-day";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.order_placed.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::OrderPlaced(event) = message {
            self.order_placed = Some(event.clone());
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.day, &mut self.entry]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.close_day, &mut self.lose_day, &mut self.open_day]
    }
}

impl Service for ArchiveService {
    const SAGA: &'static str = "market";
    const NAME: &'static str = "archive";
    const PORT: u16 = 8085;
    const CONSUMES: &'static [&'static str] = &[OrderPlaced::TOPIC, OrderSent::TOPIC, OrderPacked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("open-day", &[OrderPlaced::TOPIC]),
        ("close-day", &[OrderSent::TOPIC]),
        ("lose-day", &[OrderPacked::TOPIC]),
    ];
    const AT: usize = service::ARCHIVE;
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
        vec![TableSchema::of::<Day>(), TableSchema::of::<Entry>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderPlaced::TOPIC => saga_runtime::decode(body).map(Input::OrderPlaced),
            OrderSent::TOPIC => saga_runtime::decode(body).map(Input::OrderSent),
            OrderPacked::TOPIC => saga_runtime::decode(body).map(Input::OrderPacked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderPlaced(_) => message::ORDER_PLACED,
            Input::OrderSent(_) => message::ORDER_SENT,
            Input::OrderPacked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::ORDER_PACKED_SUCCESS,
                Outcome::Failure => message::ORDER_PACKED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::OrderPlaced(event) => &event.order_id,
            Input::OrderSent(event) => &event.order_id,
            Input::OrderPacked(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::OPEN_DAY => Some(&mut rows.open_day),
            step::CLOSE_DAY => Some(&mut rows.close_day),
            step::LOSE_DAY => Some(&mut rows.lose_day),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        match step {
            step::OPEN_DAY => rows.day.reserve_new(),
            step::CLOSE_DAY => {
                rows.day.lock_by("order_id", at.correlation);
                rows.entry.reserve_new();
            }
            step::LOSE_DAY => rows.day.lock_by("order_id", at.correlation),
            _ => {}
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::CLOSE_DAY | step::LOSE_DAY, 0) => {
                cx.rows.day.status(cx.rows.day.find_by("order_id", cx.correlation)?)
            }
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::OPEN_DAY => open_day(cx),
            step::CLOSE_DAY => close_day(cx),
            step::LOSE_DAY => lose_day(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

/// `open-day`: on `OrderPlaced`, creates a `Day`.
fn open_day(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.open_day.inputs(cx.key);
    let Some(order_placed) = &inputs.order_placed else {
        return Err(Halt::unexpected("open-day"));
    };
    cx.rows.day.create(|id| Day {
        id,
        order_id: order_placed.order_id,
        customer_id: order_placed.customer_id.clone(),
        status: DayStatus::Open,
    })?;
    cx.out.done("open-day", cx.key);
    Ok(0)
}

/// `close-day`: on `OrderSent`, moves the `Day` to `CLOSED` and creates an `Entry`.
fn close_day(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.close_day.inputs(cx.key);
    let Some(order_sent) = &inputs.order_sent else {
        return Err(Halt::unexpected("close-day"));
    };
    let day_key = cx.rows.day
        .find_by("order_id", &order_sent.order_id)
        .cloned()
        .ok_or_else(Rejection::not_found)?;
    let day = cx.rows.day.row(&day_key)?;
    cx.rows.entry.create(|id| Entry {
        id,
        order_id: order_sent.order_id,
        customer_id: day.customer_id.clone(),
        receipt_id: order_sent.receipt_id,
    })?;
    cx.rows.day.set_status(&day_key, DayStatus::Closed);
    cx.out.moved("close-day", cx.key, DayStatus::Closed);
    Ok(0)
}

/// `lose-day`: on `OrderPacked.failure`, moves the `Day` to `LOST`.
fn lose_day(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.lose_day.inputs(cx.key);
    let Some(order_packed) = &inputs.order_packed else {
        return Err(Halt::unexpected("lose-day"));
    };
    let day_key = cx.rows.day
        .find_by("order_id", &order_packed.order_id)
        .cloned()
        .ok_or_else(Rejection::not_found)?;
    cx.rows.day.set_status(&day_key, DayStatus::Lost);
    cx.out.moved("lose-day", cx.key, DayStatus::Lost);
    Ok(0)
}
