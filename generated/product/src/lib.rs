// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `product`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use order_contracts::events::{IncreaseProductCommand, OrderCreated, ProductDecreased};
use order_contracts::product::{Handlers, Product};
use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Refusal, Routes, Service,
    Table, TableSchema, Undecodable,
};

/// The service `product`.
pub struct ProductService<H> {
    handlers: H,
}

/// The messages the service reads.
pub enum Input {
    /// From topic `order-created`.
    OrderCreated(OrderCreated),
    /// From topic `increase-product-command`.
    IncreaseProductCommand(IncreaseProductCommand),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `product_tb`.
    pub product: Table<Product>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.product]
    }
}

impl<H: Handlers> Service for ProductService<H> {
    const SAGA: &'static str = "order";
    const NAME: &'static str = "product";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[OrderCreated::TOPIC, IncreaseProductCommand::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ProductDecreased::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("decrease-product", &[OrderCreated::TOPIC]),
        ("increase-product", &[IncreaseProductCommand::TOPIC]),
    ];

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Product>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Product>("/products").read::<Product>("/products/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderCreated::TOPIC => saga_runtime::decode(body).map(Input::OrderCreated),
            IncreaseProductCommand::TOPIC => saga_runtime::decode(body).map(Input::IncreaseProductCommand),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::OrderCreated(event) => claims.claim("decrease-product", event.order_id),
            Input::IncreaseProductCommand(event) => claims.claim("increase-product", event.order_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::OrderCreated(event) => rows.product.lock(&event.product_id),
            Input::IncreaseProductCommand(event) => rows.product.lock(&event.product_id),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::OrderCreated(event) => self.decrease_product(event, cx),
            Input::IncreaseProductCommand(event) => self.increase_product(event, cx)?,
        }
        Ok(())
    }

    fn compensates(&self, input: &Input) -> bool {
        matches!(input, Input::IncreaseProductCommand(_))
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> ProductService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `decrease-product`: on `OrderCreated`, changes the `Product` and publishes
    /// `ProductDecreased`.
    fn decrease_product(&self, order_created: &OrderCreated, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("decrease-product", order_created.order_id) {
            return;
        }
        let decided = cx.rows.product.change(&order_created.product_id, |product| {
            cx.out.decide("decrease-product", || self.handlers.decrease_product(product, order_created))
        });
        if let Err(rejection) = &decided {
            cx.out.rejected("decrease-product", order_created.order_id, rejection);
        }
        let event = ProductDecreased {
            order_id: order_created.order_id,
            product_id: order_created.product_id,
            quantity: order_created.quantity,
            success: decided.is_ok(),
        };
        cx.out.emit("decrease-product", &event);
    }

    /// `increase-product`: on `IncreaseProductCommand`, compensates `decrease-product`.
    fn increase_product(
        &self,
        command: &IncreaseProductCommand,
        cx: &mut Context<'_, Rows>,
    ) -> Result<(), Fault> {
        if !cx.out.first_run("increase-product", command.order_id) {
            return Ok(());
        }
        let decided = cx.rows.product.change(&command.product_id, |product| {
            self.handlers.increase_product(product, command);
            Ok(())
        });
        if decided.is_err() {
            return Err(Fault::nothing_to_compensate::<Product>("increase-product", &command.product_id));
        }
        cx.out.done("increase-product", command.order_id);
        Ok(())
    }
}
