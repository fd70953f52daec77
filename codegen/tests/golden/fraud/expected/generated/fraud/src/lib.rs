// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `fraud`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use order_contracts::events::{FraudChecked, OrderCreated};
use order_contracts::flow::{FLOW, message, service, step};
use order_contracts::fraud::Handlers;
use saga_runtime::{
    Answer, AnyTable, Event, Failing, Flow, Halt, Refusal, RequestContext, Routes,
    Service, TableSchema, Undecodable,
};

/// The service `fraud`.
pub struct FraudService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i32>;

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
    const AT: usize = service::FRAUD;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = i32;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

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

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderCreated(_) => message::ORDER_CREATED,
        }
    }

    fn correlation(input: &Input) -> &i32 {
        match input {
            Input::OrderCreated(event) => &event.order_id,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::CHECK_FRAUD, Some(Input::OrderCreated(event))) => self.check_fraud(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match (step, cx.input) {
            (step::CHECK_FRAUD, Some(Input::OrderCreated(event))) => fail_check_fraud(event, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> FraudService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `check-fraud`: on `OrderCreated`, publishes `FraudChecked`.
    fn check_fraud(&self, order_created: &OrderCreated, cx: &mut Context<'_>) -> Result<usize, Halt> {
        self.handlers.check_fraud(order_created)?;
        let event = FraudChecked {
            order_id: order_created.order_id,
            product_id: order_created.product_id,
            quantity: order_created.quantity,
            success: true,
        };
        cx.out.emit("check-fraud", &event);
        Ok(0)
    }
}

/// `check-fraud` fails: publishes `FraudChecked.failure`.
fn fail_check_fraud(order_created: &OrderCreated, cx: &mut Context<'_>) {
    let failure = FraudChecked {
        order_id: *cx.correlation,
        product_id: order_created.product_id,
        quantity: order_created.quantity,
        success: false,
    };
    cx.out.emit("check-fraud", &failure);
}
