// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `parcel`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use shop_contracts::events::{OrderPlaced, ParcelSent, StockTaken};
use shop_contracts::flow::{FLOW, message, service, step};
use shop_contracts::parcel::{Handlers, Parcel};

/// The service `parcel`.
pub struct ParcelService<H> {
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
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `parcel_tb`.
    pub parcel: Table<Parcel>,
    /// What `send-parcel` has seen of each saga.
    pub send_parcel: StepRows<SendParcelInputs>,
}

/// What `send-parcel` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SendParcelInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
    /// `StockTaken.success`, once it has arrived.
    pub stock_taken: Option<StockTaken>,
}

impl Inputs for SendParcelInputs {
    const STEP: &'static str = "send-parcel";

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
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.parcel]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.send_parcel]
    }
}

impl<H: Handlers> Service for ParcelService<H> {
    const SAGA: &'static str = "shop";
    const NAME: &'static str = "parcel";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[OrderPlaced::TOPIC, StockTaken::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ParcelSent::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("send-parcel", &[OrderPlaced::TOPIC, StockTaken::TOPIC]),
    ];
    const AT: usize = service::PARCEL;
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
        vec![TableSchema::of::<Parcel>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Parcel>("/parcels")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderPlaced::TOPIC => saga_runtime::decode(body).map(Input::OrderPlaced),
            StockTaken::TOPIC => saga_runtime::decode(body).map(Input::StockTaken),
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
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::OrderPlaced(event) => &event.order_id,
            Input::StockTaken(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::SEND_PARCEL => Some(&mut rows.send_parcel),
            _ => None,
        }
    }

    fn lock(&self, step: usize, _at: &At<'_, Input, i64>, rows: &mut Rows) {
        if step == step::SEND_PARCEL {
            rows.parcel.reserve_new()
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::SEND_PARCEL => self.send_parcel(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::SEND_PARCEL => fail_send_parcel(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> ParcelService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `send-parcel`: everything is there, so creates a `Parcel` and publishes
    /// `ParcelSent`.
    fn send_parcel(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.send_parcel.inputs(cx.key);
        let (Some(order_placed), Some(stock_taken)) = (&inputs.order_placed, &inputs.stock_taken) else {
            return Err(Halt::unexpected("send-parcel"));
        };
        self.handlers.send_parcel(order_placed, stock_taken)?;
        let parcel = cx.rows.parcel
            .create(|id| Parcel { id, order_id: order_placed.order_id, lines: order_placed.lines.clone() })?;
        let event = ParcelSent {
            order_id: order_placed.order_id,
            parcel_id: parcel.id,
            reason: None,
            success: true,
        };
        cx.out.emit("send-parcel", &event);
        Ok(0)
    }
}

/// `send-parcel` fails: publishes `ParcelSent.failure`.
fn fail_send_parcel(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            ParcelSent {
                order_id: *cx.correlation,
                parcel_id: 0,
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::StockTaken(stock_taken))) => {
            ParcelSent {
                order_id: *cx.correlation,
                parcel_id: 0,
                reason: stock_taken.reason.clone(),
                success: false,
            }
        }
        _ => return cx.out.unexpected("send-parcel"),
    };
    cx.out.emit("send-parcel", &failure);
}
