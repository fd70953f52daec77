// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `fraud`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use order_contracts::events::{FraudChecked, OrderCreated};
use order_contracts::fraud::Handlers;
use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Refusal, Routes, Service,
    TableSchema, Undecodable,
};

/// The service `fraud`.
pub struct FraudService<H> {
    handlers: H,
}

/// The messages the service reads.
pub enum Input {
    /// From topic `order-created`.
    OrderCreated(OrderCreated),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }
}

impl<H: Handlers> Service for FraudService<H> {
    const SAGA: &'static str = "order";
    const NAME: &'static str = "fraud";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[OrderCreated::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[FraudChecked::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("check-fraud", &[OrderCreated::TOPIC]),
    ];

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

    fn tables() -> Vec<TableSchema> {
        Vec::new()
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderCreated::TOPIC => saga_runtime::decode(body).map(Input::OrderCreated),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::OrderCreated(event) => claims.claim("check-fraud", event.order_id),
        }
    }

    fn lock_rows(&self, _input: &Input, _rows: &mut Rows) {}

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::OrderCreated(event) => self.check_fraud(event, cx),
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> FraudService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `check-fraud`: on `OrderCreated`, publishes `FraudChecked`.
    fn check_fraud(&self, order_created: &OrderCreated, cx: &mut Context<'_, Rows>) {
        if !cx.out.first_run("check-fraud", order_created.order_id) {
            return;
        }
        let decided = cx.out.decide("check-fraud", || self.handlers.check_fraud(order_created));
        if let Err(rejection) = &decided {
            cx.out.rejected("check-fraud", order_created.order_id, rejection);
        }
        let event = FraudChecked {
            order_id: order_created.order_id,
            product_id: order_created.product_id,
            quantity: order_created.quantity,
            success: decided.is_ok(),
        };
        cx.out.emit("check-fraud", &event);
    }
}
