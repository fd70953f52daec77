// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `cart`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable,
};
use shop_contracts::cart::{Cart, CartStatus, Handlers, OpenCart};
use shop_contracts::events::{CartClosed, CartOpened, StockTaken};
use shop_contracts::flow::{FLOW, message, service, step};

/// The service `cart`.
pub struct CartService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, String, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `stock-taken`.
    StockTaken(StockTaken),
    /// From topic `cart-closed`.
    CartClosed(CartClosed),
}

/// The requests that write.
pub enum Request {
    /// `POST /carts`.
    OpenCart(OpenCart),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `cart_tb`.
    pub cart: Table<Cart>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.cart]
    }
}

impl<H: Handlers> Service for CartService<H> {
    const SAGA: &'static str = "shop";
    const NAME: &'static str = "cart";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[StockTaken::TOPIC, CartClosed::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[CartOpened::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("await-payment", &[StockTaken::TOPIC]),
        ("pay-cart", &[CartClosed::TOPIC]),
        ("refuse-cart", &[CartClosed::TOPIC]),
    ];
    const PARTITIONS: &'static [(&'static str, i32)] = &[(CartOpened::TOPIC, 12)];
    const AT: usize = service::CART;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = String;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Cart>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<OpenCart>("/carts", Request::OpenCart, r#"{"cartId":"cartId","sku":"sku","pieces":1}"#)
            .read::<Cart>("/carts/{cartId}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            StockTaken::TOPIC => saga_runtime::decode(body).map(Input::StockTaken),
            CartClosed::TOPIC => saga_runtime::decode(body).map(Input::CartClosed),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
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
            Input::StockTaken(event) => &event.cart_id,
            Input::CartClosed(event) => &event.cart_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, String>, rows: &mut Rows) {
        if matches!(step, step::AWAIT_PAYMENT | step::PAY_CART | step::REFUSE_CART) {
            rows.cart.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::AWAIT_PAYMENT | step::PAY_CART | step::REFUSE_CART, 0) => {
                cx.rows.cart.status(cx.correlation)
            }
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::AWAIT_PAYMENT, Some(Input::StockTaken(event))) => await_payment(event, cx),
            (step::PAY_CART, Some(Input::CartClosed(event))) => pay_cart(event, cx),
            (step::REFUSE_CART, Some(Input::CartClosed(event))) => refuse_cart(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::OpenCart(body) => {
                rows.cart.lock(&body.cart_id);
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::OpenCart(body) => self.open_cart(body, cx),
        }
    }
}

impl<H: Handlers> CartService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `open-cart`: creates a `Cart` and publishes `CartOpened`.
    fn open_cart(&self, body: &OpenCart, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.open_cart(body)?;
        let cart = cx.rows.cart.insert(Cart {
            cart_id: body.cart_id.clone(),
            sku: body.sku.clone(),
            pieces: body.pieces,
            total: None,
            status: CartStatus::Open,
        })?;
        let event = CartOpened { cart_id: body.cart_id.clone(), sku: body.sku.clone(), pieces: body.pieces };
        cx.out.emit("open-cart", &event);
        Answer::created(cart)
    }
}

/// `await-payment`: on `StockTaken.success`, moves the `Cart` to `PAYING`.
fn await_payment(stock_taken: &StockTaken, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.cart.set_status(&stock_taken.cart_id, CartStatus::Paying);
    cx.out.moved("await-payment", cx.key, CartStatus::Paying);
    Ok(0)
}

/// `pay-cart`: on `CartClosed.success`, moves the `Cart` to `PAID`.
fn pay_cart(cart_closed: &CartClosed, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.cart.set_status(&cart_closed.cart_id, CartStatus::Paid);
    cx.out.moved("pay-cart", cx.key, CartStatus::Paid);
    Ok(0)
}

/// `refuse-cart`: on `CartClosed.failure`, moves the `Cart` to `REFUSED`.
fn refuse_cart(cart_closed: &CartClosed, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.cart.set_status(&cart_closed.cart_id, CartStatus::Refused);
    cx.out.moved("refuse-cart", cx.key, CartStatus::Refused);
    Ok(0)
}
