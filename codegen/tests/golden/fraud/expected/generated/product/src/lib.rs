// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `product`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use order_contracts::events::{FraudChecked, IncreaseProductCommand, ProductDecreased};
use order_contracts::flow::{FLOW, message, service, step};
use order_contracts::product::{Handlers, Product};
use saga_runtime::{
    Answer, AnyTable, At, Event, Failing, Flow, Halt, Outcome, Refusal, RequestContext,
    Routes, Service, Table, TableSchema, Undecodable,
};

/// The service `product`.
pub struct ProductService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i32>;

/// The messages the service reads.
pub enum Input {
    /// From topic `fraud-checked`.
    FraudChecked(FraudChecked),
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
    const CONSUMES: &'static [&'static str] = &[FraudChecked::TOPIC, IncreaseProductCommand::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ProductDecreased::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("decrease-product", &[FraudChecked::TOPIC]),
        ("increase-product", &[IncreaseProductCommand::TOPIC]),
    ];
    const AT: usize = service::PRODUCT;
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
        vec![TableSchema::of::<Product>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Product>("/products").read::<Product>("/products/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            FraudChecked::TOPIC => saga_runtime::decode(body).map(Input::FraudChecked),
            IncreaseProductCommand::TOPIC => saga_runtime::decode(body).map(Input::IncreaseProductCommand),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::FraudChecked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::FRAUD_CHECKED_SUCCESS,
                Outcome::Failure => message::FRAUD_CHECKED_FAILURE,
            },
            Input::IncreaseProductCommand(_) => message::INCREASE_PRODUCT_COMMAND,
        }
    }

    fn correlation(input: &Input) -> &i32 {
        match input {
            Input::FraudChecked(event) => &event.order_id,
            Input::IncreaseProductCommand(event) => &event.order_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i32>, rows: &mut Rows) {
        match (step, at.input) {
            (step::DECREASE_PRODUCT, Some(Input::FraudChecked(fraud_checked))) => {
                rows.product.lock(&fraud_checked.product_id)
            }
            (step::INCREASE_PRODUCT, Some(Input::IncreaseProductCommand(command))) => {
                rows.product.lock(&command.product_id)
            }
            _ => {}
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::DECREASE_PRODUCT, Some(Input::FraudChecked(event))) => self.decrease_product(event, cx),
            (step::INCREASE_PRODUCT, Some(Input::IncreaseProductCommand(event))) => {
                self.increase_product(event, cx)
            }
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match (step, cx.input) {
            (step::DECREASE_PRODUCT, Some(Input::FraudChecked(event))) => fail_decrease_product(event, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> ProductService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `decrease-product`: on `FraudChecked`, changes the `Product` and publishes
    /// `ProductDecreased`.
    fn decrease_product(&self, fraud_checked: &FraudChecked, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.product.change(
            &fraud_checked.product_id,
            |product| self.handlers.decrease_product(product, fraud_checked),
        )?;
        let event = ProductDecreased {
            order_id: fraud_checked.order_id,
            product_id: fraud_checked.product_id,
            quantity: fraud_checked.quantity,
            success: true,
        };
        cx.out.emit("decrease-product", &event);
        Ok(0)
    }

    /// `increase-product`: on `IncreaseProductCommand`, compensates `decrease-product`.
    fn increase_product(
        &self,
        command: &IncreaseProductCommand,
        cx: &mut Context<'_>,
    ) -> Result<usize, Halt> {
        cx.rows.product.compensate("increase-product", &command.product_id, |product| {
            self.handlers.increase_product(product, command);
            Ok(())
        })?;
        cx.out.done("increase-product", cx.key);
        Ok(0)
    }
}

/// `decrease-product` fails: publishes `ProductDecreased.failure`.
fn fail_decrease_product(fraud_checked: &FraudChecked, cx: &mut Context<'_>) {
    let failure = ProductDecreased {
        order_id: *cx.correlation,
        product_id: fraud_checked.product_id,
        quantity: fraud_checked.quantity,
        success: false,
    };
    cx.out.emit("decrease-product", &failure);
}
