// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `till`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use shop_contracts::events::{CartClosed, CartOpened, PutStockBackCommand, StockTaken};
use shop_contracts::flow::{FLOW, message, service, step};
use shop_contracts::till::{Day, Handlers, Receipt};

/// The service `till`.
pub struct TillService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, String>;

/// The messages the service reads.
pub enum Input {
    /// From topic `cart-opened`.
    CartOpened(CartOpened),
    /// From topic `stock-taken`.
    StockTaken(StockTaken),
    /// From topic `cart-closed`.
    CartClosed(CartClosed),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `day_tb`.
    pub day: Table<Day>,
    /// The rows of `receipt_tb`.
    pub receipt: Table<Receipt>,
    /// What `close-cart` has seen of each saga.
    pub close_cart: StepRows<CloseCartInputs>,
}

/// What `close-cart` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CloseCartInputs {
    /// `CartOpened`, once it has arrived.
    pub cart_opened: Option<CartOpened>,
    /// `StockTaken.success`, once it has arrived.
    pub stock_taken: Option<StockTaken>,
}

impl Inputs for CloseCartInputs {
    const STEP: &'static str = "close-cart";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.cart_opened.is_some(),
            _ => self.stock_taken.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::CartOpened(event) => self.cart_opened = Some(event.clone()),
            Input::StockTaken(event) => self.stock_taken = Some(event.clone()),
            _ => {}
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.day, &mut self.receipt]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.close_cart]
    }
}

impl<H: Handlers> Service for TillService<H> {
    const SAGA: &'static str = "shop";
    const NAME: &'static str = "till";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[CartOpened::TOPIC, StockTaken::TOPIC, CartClosed::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[CartClosed::TOPIC, PutStockBackCommand::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("close-cart", &[CartOpened::TOPIC, StockTaken::TOPIC]),
        ("count-day", &[CartClosed::TOPIC]),
    ];
    const PARTITIONS: &'static [(&'static str, i32)] = &[(CartOpened::TOPIC, 12)];
    const AT: usize = service::TILL;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = String;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Day>(), TableSchema::of::<Receipt>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            CartOpened::TOPIC => saga_runtime::decode(body).map(Input::CartOpened),
            StockTaken::TOPIC => saga_runtime::decode(body).map(Input::StockTaken),
            CartClosed::TOPIC => saga_runtime::decode(body).map(Input::CartClosed),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::CartOpened(_) => message::CART_OPENED,
            Input::StockTaken(event) => match Outcome::of(event.success) {
                Outcome::Success => message::STOCK_TAKEN_SUCCESS,
                Outcome::Failure => message::STOCK_TAKEN_FAILURE,
            },
            Input::CartClosed(event) => match Outcome::of(event.success) {
                Outcome::Success => message::CART_CLOSED_SUCCESS,
                Outcome::Failure => message::CART_CLOSED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &String {
        match input {
            Input::CartOpened(event) => &event.cart_id,
            Input::StockTaken(event) => &event.cart_id,
            Input::CartClosed(event) => &event.cart_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::CLOSE_CART => Some(&mut rows.close_cart),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, String>, rows: &mut Rows) {
        match step {
            step::CLOSE_CART => rows.receipt.lock(at.correlation),
            step::COUNT_DAY => rows.day.lock(at.correlation),
            _ => {}
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::CLOSE_CART, _) => self.close_cart(cx),
            (step::COUNT_DAY, Some(Input::CartClosed(event))) => self.count_day(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::CLOSE_CART => fail_close_cart(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn command(&self, step: usize, command: usize, cx: &mut Context<'_>) {
        match (step, command) {
            (step::CLOSE_CART, 0) => send_put_stock_back(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> TillService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `close-cart`: everything is there, so creates a `Receipt` and publishes
    /// `CartClosed`.
    fn close_cart(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.close_cart.inputs(cx.key);
        let (Some(cart_opened), Some(stock_taken)) = (&inputs.cart_opened, &inputs.stock_taken) else {
            return Err(Halt::unexpected("close-cart"));
        };
        let answer = self.handlers.close_cart(cart_opened, stock_taken)?;
        let receipt = cx.rows.receipt.insert(Receipt {
            cart_id: cart_opened.cart_id.clone(),
            total: answer.total,
            number: answer.number,
        })?;
        let event = CartClosed {
            cart_id: cart_opened.cart_id.clone(),
            total: receipt.total,
            reason: None,
            success: true,
        };
        cx.out.emit("close-cart", &event);
        Ok(0)
    }

    /// `count-day`: on `CartClosed.success`, creates a `Day`.
    fn count_day(&self, cart_closed: &CartClosed, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let answer = self.handlers.count_day(cart_closed);
        cx.rows.day.insert(Day {
            cart_id: cart_closed.cart_id.clone(),
            total: cart_closed.total,
            number: answer.number,
        })?;
        cx.out.done("count-day", cx.key);
        Ok(0)
    }
}

/// `close-cart` fails: publishes `CartClosed.failure`.
fn fail_close_cart(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            CartClosed {
                cart_id: cx.correlation.clone(),
                total: 0,
                reason: Some(rejection.reason.clone()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::StockTaken(_))) => {
            CartClosed {
                cart_id: cx.correlation.clone(),
                total: 0,
                reason: Some("StockTaken.failure".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("close-cart"),
    };
    cx.out.emit("close-cart", &failure);
}

/// `close-cart` failed although `take-stock` had succeeded: sends its compensation.
fn send_put_stock_back(cx: &mut Context<'_>) {
    let inputs = cx.rows.close_cart.inputs(cx.key);
    let Some(stock_taken) = &inputs.stock_taken else {
        return cx.out.unexpected("close-cart");
    };
    let command = PutStockBackCommand {
        cart_id: stock_taken.cart_id.clone(),
        sku: stock_taken.sku.clone(),
        pieces: stock_taken.pieces,
    };
    cx.out.emit("close-cart", &command);
}
