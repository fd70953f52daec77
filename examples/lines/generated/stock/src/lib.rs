// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `stock`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Fault, Flow, Halt, Inputs, Outcome,
    Refusal, RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema,
    Undecodable,
};
use serde::{Deserialize, Serialize};
use shop_contracts::events::{OrderPlaced, ParcelSent, StockTaken};
use shop_contracts::flow::{FLOW, message, service, step};
use shop_contracts::stock::{Handlers, Product};

/// The service `stock`.
pub struct StockService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order-placed`.
    OrderPlaced(OrderPlaced),
    /// From topic `parcel-sent`.
    ParcelSent(ParcelSent),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `product_tb`.
    pub product: Table<Product>,
    /// What `take-stock` has seen of each saga.
    pub take_stock: StepRows<TakeStockInputs>,
}

/// What `take-stock` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TakeStockInputs {
    /// `OrderPlaced`, once it has arrived.
    pub order_placed: Option<OrderPlaced>,
    /// `StockTaken`, once it has published it.
    pub stock_taken: Option<StockTaken>,
}

impl Inputs for TakeStockInputs {
    const STEP: &'static str = "take-stock";

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
        vec![&mut self.product]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.take_stock]
    }
}

impl<H: Handlers> Service for StockService<H> {
    const SAGA: &'static str = "shop";
    const NAME: &'static str = "stock";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[OrderPlaced::TOPIC, ParcelSent::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[StockTaken::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("take-stock", &[OrderPlaced::TOPIC]),
        ("put-back-stock", &[ParcelSent::TOPIC]),
    ];
    const AT: usize = service::STOCK;
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
        vec![TableSchema::of::<Product>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Product>("/products")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderPlaced::TOPIC => saga_runtime::decode(body).map(Input::OrderPlaced),
            ParcelSent::TOPIC => saga_runtime::decode(body).map(Input::ParcelSent),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderPlaced(_) => message::ORDER_PLACED,
            Input::ParcelSent(event) => match Outcome::of(event.success) {
                Outcome::Success => message::PARCEL_SENT_SUCCESS,
                Outcome::Failure => message::PARCEL_SENT_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::OrderPlaced(event) => &event.order_id,
            Input::ParcelSent(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::TAKE_STOCK => Some(&mut rows.take_stock),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if step == step::TAKE_STOCK {
            if let Some(Input::OrderPlaced(order_placed)) = at.input {
                rows.product.lock_all(order_placed.lines.iter().map(|item| &item.product_id));
            } else if let Some(order_placed) = &rows.take_stock.inputs(at.key).order_placed {
                rows.product.lock_all(order_placed.lines.iter().map(|item| &item.product_id));
            }
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::TAKE_STOCK => self.take_stock(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::TAKE_STOCK => fail_take_stock(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn compensate(&self, step: usize, cx: &mut Context<'_>) -> Result<(), Fault> {
        match step {
            step::TAKE_STOCK => self.put_back_stock(cx),
            _ => Err(Fault::Unexpected { step: Self::name_of(step) }),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> StockService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `take-stock`: on `OrderPlaced`, changes each `Product` and publishes
    /// `StockTaken`.
    fn take_stock(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.take_stock.inputs(cx.key);
        let Some(order_placed) = &inputs.order_placed else {
            return Err(Halt::unexpected("take-stock"));
        };
        cx.rows.product.change_all(
            order_placed.lines.iter().map(|item| &item.product_id),
            |products| self.handlers.take_stock(products, order_placed),
        )?;
        let event = StockTaken { order_id: order_placed.order_id, reason: None, success: true };
        cx.out.emit("take-stock", &event);
        cx.rows.take_stock.keep(cx.key).stock_taken = Some(event);
        Ok(0)
    }

    /// `put-back-stock`: compensates `take-stock`, as the saga has failed.
    fn put_back_stock(&self, cx: &mut Context<'_>) -> Result<(), Fault> {
        let inputs = cx.rows.take_stock.inputs(cx.key);
        let (Some(order_placed), Some(stock_taken)) = (&inputs.order_placed, &inputs.stock_taken) else {
            return Err(Fault::Unexpected { step: "take-stock" });
        };
        cx.rows.product.compensate_all(
            "put-back-stock",
            order_placed.lines.iter().map(|item| &item.product_id),
            |products| {
                self.handlers.put_back_stock(products, order_placed, stock_taken);
                Ok(())
            },
        )?;
        cx.out.done("put-back-stock", cx.key);
        Ok(())
    }
}

/// `take-stock` fails: publishes `StockTaken.failure`.
fn fail_take_stock(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            StockTaken { order_id: *cx.correlation, reason: Some(rejection.reason.clone()), success: false }
        }
        (Failing::SagaFailed, _) => {
            StockTaken {
                order_id: *cx.correlation,
                reason: Some("the saga has failed".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("take-stock"),
    };
    cx.out.emit("take-stock", &failure);
}
