// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `stock`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Refusal, Routes, Service,
    Table, TableSchema, Undecodable,
};
use shop_contracts::events::{CartOpened, PutStockBackCommand, StockTaken};
use shop_contracts::stock::{Handlers, Item};

/// The service `stock`.
pub struct StockService<H> {
    handlers: H,
}

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

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::CartOpened(event) => claims.claim("take-stock", &event.cart_id),
            Input::PutStockBackCommand(event) => claims.claim("put-stock-back", &event.cart_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::CartOpened(event) => rows.item.lock(&event.sku),
            Input::PutStockBackCommand(event) => rows.item.lock(&event.sku),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::CartOpened(event) => self.take_stock(event, cx),
            Input::PutStockBackCommand(event) => self.put_stock_back(event, cx)?,
        }
        Ok(())
    }

    fn compensates(&self, input: &Input) -> bool {
        matches!(input, Input::PutStockBackCommand(_))
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> StockService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `take-stock`: on `CartOpened`, changes the `Item` and publishes `StockTaken`.
    fn take_stock(&self, cart_opened: &CartOpened, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("take-stock", &cart_opened.cart_id) {
            return;
        }
        let decided = cx.rows.item.change(&cart_opened.sku, |item| {
            cx.out.decide("take-stock", || self.handlers.take_stock(item, cart_opened))?;
            Ok(StockTaken {
                cart_id: cart_opened.cart_id.clone(),
                sku: cart_opened.sku.clone(),
                pieces: cart_opened.pieces,
                price: item.price,
                success: true,
            })
        });
        match decided {
            Ok(event) => cx.out.emit("take-stock", &event),
            Err(rejection) => {
                cx.out.rejected("take-stock", &cart_opened.cart_id, &rejection);
                let failure = StockTaken {
                    cart_id: cart_opened.cart_id.clone(),
                    sku: cart_opened.sku.clone(),
                    pieces: cart_opened.pieces,
                    price: 0,
                    success: false,
                };
                cx.out.emit("take-stock", &failure);
            }
        }
    }

    /// `put-stock-back`: on `PutStockBackCommand`, compensates `take-stock`.
    fn put_stock_back(&self, command: &PutStockBackCommand, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        if !cx.out.first_run("put-stock-back", &command.cart_id) {
            return Ok(());
        }
        let decided = cx.rows.item.change(&command.sku, |item| {
            self.handlers.put_stock_back(item, command);
            Ok(())
        });
        if decided.is_err() {
            return Err(Fault::nothing_to_compensate::<Item>("put-stock-back", &command.sku));
        }
        cx.out.done("put-stock-back", &command.cart_id);
        Ok(())
    }
}
