// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `packing`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use market_contracts::events::{OrderPacked, OrderPlaced, SlotTaken, StockTaken};
use market_contracts::flow::{FLOW, message, service, step};
use market_contracts::packing::{Bench, Handlers, Parcel};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `packing`.
pub struct PackingService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order-placed`.
    OrderPlaced(OrderPlaced),
    /// From topic `stock-taken`.
    StockTaken(StockTaken),
    /// From topic `slot-taken`.
    SlotTaken(SlotTaken),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `bench_tb`.
    pub bench: Table<Bench>,
    /// The rows of `parcel_tb`.
    pub parcel: Table<Parcel>,
    /// What `pack-order` has seen of each saga.
    pub pack_order: StepRows<PackOrderInputs>,
}

/// What `pack-order` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PackOrderInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
    /// `StockTaken.success`, once it has arrived.
    pub stock_taken: Option<StockTaken>,
    /// `SlotTaken.success`, once it has arrived.
    pub slot_taken: Option<SlotTaken>,
}

impl Inputs for PackOrderInputs {
    const STEP: &'static str = "pack-order";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.order_placed.is_some(),
            1 => self.stock_taken.is_some(),
            _ => self.slot_taken.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::OrderPlaced(event) => self.order_placed = Some(event.clone()),
            Input::StockTaken(event) => self.stock_taken = Some(event.clone()),
            Input::SlotTaken(event) => self.slot_taken = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.bench, &mut self.parcel]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.pack_order]
    }
}

impl<H: Handlers> Service for PackingService<H> {
    const SAGA: &'static str = "market";
    const NAME: &'static str = "packing";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[OrderPlaced::TOPIC, StockTaken::TOPIC, SlotTaken::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[OrderPacked::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("pack-order", &[OrderPlaced::TOPIC, StockTaken::TOPIC, SlotTaken::TOPIC]),
    ];
    const AT: usize = service::PACKING;
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
        vec![TableSchema::of::<Bench>(), TableSchema::of::<Parcel>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderPlaced::TOPIC => saga_runtime::decode(body).map(Input::OrderPlaced),
            StockTaken::TOPIC => saga_runtime::decode(body).map(Input::StockTaken),
            SlotTaken::TOPIC => saga_runtime::decode(body).map(Input::SlotTaken),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderPlaced(_) => message::ORDER_PLACED,
            Input::StockTaken(event) => match Outcome::of(event.success) {
                Outcome::Success => message::STOCK_TAKEN_SUCCESS,
                Outcome::Failure => message::STOCK_TAKEN_FAILURE,
            },
            Input::SlotTaken(event) => match Outcome::of(event.success) {
                Outcome::Success => message::SLOT_TAKEN_SUCCESS,
                Outcome::Failure => message::SLOT_TAKEN_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::OrderPlaced(event) => &event.order_id,
            Input::StockTaken(event) => &event.order_id,
            Input::SlotTaken(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::PACK_ORDER => Some(&mut rows.pack_order),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if step == step::PACK_ORDER {
            if let Some(Input::OrderPlaced(order_placed)) = at.input {
                rows.bench.lock(&order_placed.slot_id);
            } else if let Some(order_placed) = &rows.pack_order.inputs(at.key).order_placed {
                rows.bench.lock(&order_placed.slot_id);
            }
            rows.parcel.reserve_new();
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::PACK_ORDER => self.pack_order(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::PACK_ORDER => fail_pack_order(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> PackingService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `pack-order`: everything is there, so changes the `Bench`, creates a `Parcel`
    /// and publishes `OrderPacked`.
    fn pack_order(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.pack_order.inputs(cx.key);
        let (Some(order_placed), Some(stock_taken), Some(slot_taken)) = (
            &inputs.order_placed,
            &inputs.stock_taken,
            &inputs.slot_taken,
        ) else {
            return Err(Halt::unexpected("pack-order"));
        };
        let parcel = cx.rows.bench.change(&order_placed.slot_id, |bench| {
            self.handlers.pack_order(bench, order_placed, stock_taken, slot_taken)?;
            cx.rows.parcel.create(|id| Parcel {
                id,
                order_id: order_placed.order_id,
                weight: stock_taken.weight,
            })
        })?;
        let bench = cx.rows.bench.row(&order_placed.slot_id)?;
        let event = OrderPacked {
            order_id: order_placed.order_id,
            parcel_id: parcel.id,
            total: bench.total,
            reason: None,
            success: true,
        };
        cx.out.emit("pack-order", &event);
        Ok(0)
    }
}

/// `pack-order` fails: publishes `OrderPacked.failure`.
fn fail_pack_order(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            OrderPacked {
                order_id: *cx.correlation,
                parcel_id: 0,
                total: 0,
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::StockTaken(stock_taken))) => {
            OrderPacked {
                order_id: *cx.correlation,
                parcel_id: 0,
                total: 0,
                reason: stock_taken.reason.clone(),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::SlotTaken(slot_taken))) => {
            OrderPacked {
                order_id: *cx.correlation,
                parcel_id: 0,
                total: 0,
                reason: slot_taken.reason.clone(),
                success: false,
            }
        }
        _ => return cx.out.unexpected("pack-order"),
    };
    cx.out.emit("pack-order", &failure);
}
