// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `till`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnySteps, AnyTable, Context, Effect, Event, Fault, IdempotencyClaims, Inputs,
    Outcome, Outgoing, Refusal, Routes, Service, StepRows, Table, TableSchema,
    Undecodable,
};
use serde::{Deserialize, Serialize};
use shop_contracts::events::{CartClosed, CartOpened, PutStockBackCommand, StockTaken};
use shop_contracts::till::{Day, Handlers, Receipt};

/// The service `till`.
pub struct TillService<H> {
    handlers: H,
}

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

    fn complete(&self) -> bool {
        self.cart_opened.is_some() && self.stock_taken.is_some()
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

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::CartOpened(event) => rows.close_cart.lock(&event.cart_id),
            Input::StockTaken(event) => rows.close_cart.lock(&event.cart_id),
            Input::CartClosed(event) => claims.claim("count-day", &event.cart_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::CartOpened(event) => rows.receipt.lock(&event.cart_id),
            Input::StockTaken(event) => rows.receipt.lock(&event.cart_id),
            Input::CartClosed(event) => rows.day.lock(&event.cart_id),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::CartOpened(event) => self.close_cart_on_cart_opened(event, cx),
            Input::StockTaken(event) => match Outcome::of(event.success) {
                Outcome::Success => self.close_cart_on_stock_taken(event, cx),
                Outcome::Failure => close_close_cart(event, cx),
            },
            Input::CartClosed(event) => match Outcome::of(event.success) {
                Outcome::Success => self.count_day(event, cx)?,
                Outcome::Failure => {}
            },
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> TillService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `CartOpened` reaches `close-cart`.
    fn close_cart_on_cart_opened(&self, event: &CartOpened, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.close_cart.row(&event.cart_id);
        match step.arrive(|inputs| &mut inputs.cart_opened, event) {
            Effect::Run => self.close_cart(&event.cart_id, cx),
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
    }

    /// `StockTaken.success` reaches `close-cart`.
    fn close_cart_on_stock_taken(&self, event: &StockTaken, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.close_cart.row(&event.cart_id);
        match step.arrive(|inputs| &mut inputs.stock_taken, event) {
            Effect::Run => self.close_cart(&event.cart_id, cx),
            Effect::Late => send_put_stock_back(event, cx.out),
            Effect::Wait | Effect::Fail | Effect::Absorb => {}
        }
    }

    /// `close-cart`: everything is there, so creates a `Receipt` and publishes
    /// `CartClosed`.
    fn close_cart(&self, correlation: &str, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.close_cart.row(correlation);
        let CloseCartInputs {
            cart_opened: Some(cart_opened),
            stock_taken: Some(stock_taken),
        } = &step.inputs else {
            return;
        };
        let decided = cx.out
            .decide("close-cart", || self.handlers.close_cart(cart_opened, stock_taken))
            .and_then(|answer| {
                let receipt = cx.rows.receipt.insert(Receipt {
                    cart_id: cart_opened.cart_id.clone(),
                    total: answer.total,
                    number: answer.number,
                })?;
                Ok(CartClosed {
                    cart_id: cart_opened.cart_id.clone(),
                    total: receipt.total,
                    reason: None,
                    success: true,
                })
            });
        let succeeded = decided.is_ok();
        match decided {
            Ok(event) => cx.out.emit("close-cart", &event),
            Err(rejection) => {
                cx.out.rejected("close-cart", correlation, &rejection);
                let failure = CartClosed {
                    cart_id: cart_opened.cart_id.clone(),
                    total: 0,
                    reason: Some(rejection.reason.clone()),
                    success: false,
                };
                cx.out.emit("close-cart", &failure);
                send_put_stock_back(stock_taken, cx.out);
            }
        }
        step.ended(succeeded);
    }

    /// `count-day`: on `CartClosed.success`, creates a `Day`.
    fn count_day(&self, cart_closed: &CartClosed, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        if !cx.out.first_run("count-day", &cart_closed.cart_id) {
            return Ok(());
        }
        let answer = self.handlers.count_day(cart_closed);
        cx.rows.day
            .insert(Day {
                cart_id: cart_closed.cart_id.clone(),
                total: cart_closed.total,
                number: answer.number,
            })
            .map_err(Fault::Rejected)?;
        cx.out.done("count-day", &cart_closed.cart_id);
        Ok(())
    }
}

/// `StockTaken.failure` closes `close-cart`: publishes `CartClosed.failure` without
/// asking the handler.
fn close_close_cart(event: &StockTaken, cx: &mut Context<'_, Rows>) {
    let step = cx.rows.close_cart.row(&event.cart_id);
    if step.close() != Effect::Fail {
        return;
    }
    let failure = CartClosed {
        cart_id: event.cart_id.clone(),
        total: 0,
        reason: Some("StockTaken.failure".to_owned()),
        success: false,
    };
    cx.out.emit("close-cart", &failure);
    if let Some(stock_taken) = &step.inputs.stock_taken {
        send_put_stock_back(stock_taken, cx.out);
    }
}

/// `close-cart` failed although `take-stock` had succeeded: sends its compensation.
fn send_put_stock_back(stock_taken: &StockTaken, out: &mut Outgoing) {
    let command = PutStockBackCommand {
        cart_id: stock_taken.cart_id.clone(),
        sku: stock_taken.sku.clone(),
        pieces: stock_taken.pieces,
    };
    out.emit("close-cart", &command);
}
