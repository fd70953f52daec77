// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `stock`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, At, Event, Failing, Flow, Halt, Refusal, RequestContext, Routes,
    Service, Table, TableSchema, Undecodable,
};
use shop_contracts::events::{CartOpened, PutStockBackCommand, StockTaken};
use shop_contracts::flow::{FLOW, message, service, step};
use shop_contracts::stock::{Handlers, Item};

/// The service `stock`.
pub struct StockService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, String>;

/// The messages the service reads.
pub enum Input {
    /// From topic `cart-opened`.
    CartOpened(CartOpened),
    /// From topic `put-stock-back-command`.
    PutStockBackCommand(PutStockBackCommand),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `item_tb`.
    pub item: Table<Item>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.item]
    }
}

impl<H: Handlers> Service for StockService<H> {
    const SAGA: &'static str = "shop";
    const NAME: &'static str = "stock";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[CartOpened::TOPIC, PutStockBackCommand::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[StockTaken::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("take-stock", &[CartOpened::TOPIC]),
        ("put-stock-back", &[PutStockBackCommand::TOPIC]),
    ];
    const PARTITIONS: &'static [(&'static str, i32)] = &[(CartOpened::TOPIC, 12)];
    const AT: usize = service::STOCK;
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
        vec![TableSchema::of::<Item>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.read::<Item>("/items/{sku}").list::<Item>("/items")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            CartOpened::TOPIC => saga_runtime::decode(body).map(Input::CartOpened),
            PutStockBackCommand::TOPIC => saga_runtime::decode(body).map(Input::PutStockBackCommand),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::CartOpened(_) => message::CART_OPENED,
            Input::PutStockBackCommand(_) => message::PUT_STOCK_BACK_COMMAND,
        }
    }

    fn correlation(input: &Input) -> &String {
        match input {
            Input::CartOpened(event) => &event.cart_id,
            Input::PutStockBackCommand(event) => &event.cart_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, String>, rows: &mut Rows) {
        match (step, at.input) {
            (step::TAKE_STOCK, Some(Input::CartOpened(cart_opened))) => rows.item.lock(&cart_opened.sku),
            (step::PUT_STOCK_BACK, Some(Input::PutStockBackCommand(command))) => rows.item.lock(&command.sku),
            _ => {}
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::TAKE_STOCK, Some(Input::CartOpened(event))) => self.take_stock(event, cx),
            (step::PUT_STOCK_BACK, Some(Input::PutStockBackCommand(event))) => self.put_stock_back(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match (step, cx.input) {
            (step::TAKE_STOCK, Some(Input::CartOpened(event))) => fail_take_stock(event, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
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

    /// `take-stock`: on `CartOpened`, changes the `Item` and publishes `StockTaken`.
    fn take_stock(&self, cart_opened: &CartOpened, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.item.change(&cart_opened.sku, |item| self.handlers.take_stock(item, cart_opened))?;
        let item = cx.rows.item.row(&cart_opened.sku)?;
        let event = StockTaken {
            cart_id: cart_opened.cart_id.clone(),
            sku: cart_opened.sku.clone(),
            pieces: cart_opened.pieces,
            price: item.price,
            success: true,
        };
        cx.out.emit("take-stock", &event);
        Ok(0)
    }

    /// `put-stock-back`: on `PutStockBackCommand`, compensates `take-stock`.
    fn put_stock_back(&self, command: &PutStockBackCommand, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.item.compensate("put-stock-back", &command.sku, |item| {
            self.handlers.put_stock_back(item, command);
            Ok(())
        })?;
        cx.out.done("put-stock-back", cx.key);
        Ok(0)
    }
}

/// `take-stock` fails: publishes `StockTaken.failure`.
fn fail_take_stock(cart_opened: &CartOpened, cx: &mut Context<'_>) {
    let failure = StockTaken {
        cart_id: cx.correlation.clone(),
        sku: cart_opened.sku.clone(),
        pieces: cart_opened.pieces,
        price: 0,
        success: false,
    };
    cx.out.emit("take-stock", &failure);
}
