// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `points`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use market_contracts::events::{OrderBooked, OrderPacked, OrderPlaced, StockTaken};
use market_contracts::flow::{FLOW, message, service, step};
use market_contracts::points::{Handlers, Points};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `points`.
pub struct PointsService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order-placed`.
    OrderPlaced(OrderPlaced),
    /// From topic `order-packed`.
    OrderPacked(OrderPacked),
    /// From topic `stock-taken`.
    StockTaken(StockTaken),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `points_tb`.
    pub points: Table<Points>,
    /// What `count-points` has seen of each saga.
    pub count_points: StepRows<CountPointsInputs>,
    /// What `note-points` has seen of each saga.
    pub note_points: StepRows<NotePointsInputs>,
}

/// What `count-points` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CountPointsInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
    /// `StockTaken.success`, once it has arrived.
    pub stock_taken: Option<StockTaken>,
}

impl Inputs for CountPointsInputs {
    const STEP: &'static str = "count-points";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.order_placed.is_some(),
            _ => self.stock_taken.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::OrderPlaced(event) => self.order_placed = Some(event.clone()),
            Input::StockTaken(event) => self.stock_taken = Some(event.clone()),
            _ => {}
        }
    }
}

/// What `note-points` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NotePointsInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
    /// `OrderPacked.success`, once it has arrived.
    pub order_packed: Option<OrderPacked>,
}

impl Inputs for NotePointsInputs {
    const STEP: &'static str = "note-points";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.order_placed.is_some(),
            _ => self.order_packed.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::OrderPlaced(event) => self.order_placed = Some(event.clone()),
            Input::OrderPacked(event) => self.order_packed = Some(event.clone()),
            _ => {}
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.points]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.count_points, &mut self.note_points]
    }
}

impl<H: Handlers> Service for PointsService<H> {
    const SAGA: &'static str = "market";
    const NAME: &'static str = "points";
    const PORT: u16 = 8086;
    const CONSUMES: &'static [&'static str] = &[OrderPlaced::TOPIC, OrderPacked::TOPIC, StockTaken::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[OrderBooked::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("note-points", &[OrderPlaced::TOPIC, OrderPacked::TOPIC]),
        ("count-points", &[OrderPlaced::TOPIC, StockTaken::TOPIC]),
    ];
    const AT: usize = service::POINTS;
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
        vec![TableSchema::of::<Points>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderPlaced::TOPIC => saga_runtime::decode(body).map(Input::OrderPlaced),
            OrderPacked::TOPIC => saga_runtime::decode(body).map(Input::OrderPacked),
            StockTaken::TOPIC => saga_runtime::decode(body).map(Input::StockTaken),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderPlaced(_) => message::ORDER_PLACED,
            Input::OrderPacked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::ORDER_PACKED_SUCCESS,
                Outcome::Failure => message::ORDER_PACKED_FAILURE,
            },
            Input::StockTaken(event) => match Outcome::of(event.success) {
                Outcome::Success => message::STOCK_TAKEN_SUCCESS,
                Outcome::Failure => message::STOCK_TAKEN_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::OrderPlaced(event) => &event.order_id,
            Input::OrderPacked(event) => &event.order_id,
            Input::StockTaken(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::NOTE_POINTS => Some(&mut rows.note_points),
            step::COUNT_POINTS => Some(&mut rows.count_points),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        match step {
            step::NOTE_POINTS => {
                if let Some(Input::OrderPlaced(order_placed)) = at.input {
                    rows.points.lock(&order_placed.customer_id);
                } else if let Some(order_placed) = &rows.note_points.inputs(at.key).order_placed {
                    rows.points.lock(&order_placed.customer_id);
                }
            }
            step::COUNT_POINTS => {
                if let Some(Input::OrderPlaced(order_placed)) = at.input {
                    rows.points.lock(&order_placed.customer_id);
                } else if let Some(order_placed) = &rows.count_points.inputs(at.key).order_placed {
                    rows.points.lock(&order_placed.customer_id);
                }
            }
            _ => {}
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::NOTE_POINTS => note_points(cx),
            step::COUNT_POINTS => self.count_points(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> PointsService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `count-points`: everything is there, so changes or creates the `Points` and
    /// publishes `OrderBooked`.
    fn count_points(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.count_points.inputs(cx.key);
        let (Some(order_placed), Some(stock_taken)) = (&inputs.order_placed, &inputs.stock_taken) else {
            return Err(Halt::unexpected("count-points"));
        };
        cx.rows.points.change_or_create(
            &order_placed.customer_id,
            || Points { customer_id: order_placed.customer_id.clone(), points: 0, last: 0, tags: vec![] },
            |points| {
                self.handlers.count_points(points, order_placed, stock_taken);
                Ok(())
            },
        )?;
        let points = cx.rows.points.row(&order_placed.customer_id)?;
        let event = OrderBooked {
            order_id: order_placed.order_id,
            customer_id: order_placed.customer_id.clone(),
            points: points.points,
        };
        cx.out.emit("count-points", &event);
        Ok(0)
    }
}

/// `note-points`: everything is there, so changes or creates the `Points`.
fn note_points(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.note_points.inputs(cx.key);
    let (Some(order_placed), Some(order_packed)) = (&inputs.order_placed, &inputs.order_packed) else {
        return Err(Halt::unexpected("note-points"));
    };
    cx.rows.points.change_or_create(
        &order_placed.customer_id,
        || Points {
            customer_id: order_placed.customer_id.clone(),
            points: 0,
            last: order_packed.total,
            tags: vec![],
        },
        |points| {
            points.last = order_packed.total;
            Ok(())
        },
    )?;
    cx.out.done("note-points", cx.key);
    Ok(0)
}
