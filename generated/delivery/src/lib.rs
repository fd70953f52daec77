// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `delivery`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use order_contracts::delivery::{Delivery, Handlers};
use order_contracts::events::{
    DeliveryCreated, IncreaseProductCommand, OrderCreated, ProductDecreased,
};
use order_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `delivery`.
pub struct DeliveryService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i32>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order-created`.
    OrderCreated(OrderCreated),
    /// From topic `product-decreased`.
    ProductDecreased(ProductDecreased),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `delivery_tb`.
    pub delivery: Table<Delivery>,
    /// What `create-delivery` has seen of each saga.
    pub create_delivery: StepRows<CreateDeliveryInputs>,
}

/// What `create-delivery` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CreateDeliveryInputs {
    /// `OrderCreated`, once it has arrived.
    pub order_created: Option<OrderCreated>,
    /// `ProductDecreased.success`, once it has arrived.
    pub product_decreased: Option<ProductDecreased>,
}

impl Inputs for CreateDeliveryInputs {
    const STEP: &'static str = "create-delivery";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.order_created.is_some(),
            _ => self.product_decreased.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::OrderCreated(event) => self.order_created = Some(event.clone()),
            Input::ProductDecreased(event) => {
                self.product_decreased = Some(event.clone());
            }
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.delivery]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.create_delivery]
    }
}

impl<H: Handlers> Service for DeliveryService<H> {
    const SAGA: &'static str = "order";
    const NAME: &'static str = "delivery";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[OrderCreated::TOPIC, ProductDecreased::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[DeliveryCreated::TOPIC, IncreaseProductCommand::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("create-delivery", &[OrderCreated::TOPIC, ProductDecreased::TOPIC]),
    ];
    const AT: usize = service::DELIVERY;
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
        vec![TableSchema::of::<Delivery>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.read::<Delivery>("/deliveries/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderCreated::TOPIC => saga_runtime::decode(body).map(Input::OrderCreated),
            ProductDecreased::TOPIC => saga_runtime::decode(body).map(Input::ProductDecreased),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderCreated(_) => message::ORDER_CREATED,
            Input::ProductDecreased(event) => match Outcome::of(event.success) {
                Outcome::Success => message::PRODUCT_DECREASED_SUCCESS,
                Outcome::Failure => message::PRODUCT_DECREASED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i32 {
        match input {
            Input::OrderCreated(event) => &event.order_id,
            Input::ProductDecreased(event) => &event.order_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::CREATE_DELIVERY => Some(&mut rows.create_delivery),
            _ => None,
        }
    }

    fn lock(&self, step: usize, _at: &At<'_, Input, i32>, rows: &mut Rows) {
        if step == step::CREATE_DELIVERY {
            rows.delivery.reserve_new()
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::CREATE_DELIVERY => self.create_delivery(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::CREATE_DELIVERY => fail_create_delivery(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn command(&self, step: usize, command: usize, cx: &mut Context<'_>) {
        match (step, command) {
            (step::CREATE_DELIVERY, 0) => send_increase_product(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> DeliveryService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `create-delivery`: everything is there, so creates a `Delivery` and publishes
    /// `DeliveryCreated`.
    fn create_delivery(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.create_delivery.inputs(cx.key);
        let (Some(order_created), Some(product_decreased)) = (
            &inputs.order_created,
            &inputs.product_decreased,
        ) else {
            return Err(Halt::unexpected("create-delivery"));
        };
        self.handlers.create_delivery(order_created, product_decreased)?;
        let delivery = cx.rows.delivery.create(|id| Delivery {
            id,
            order_id: order_created.order_id,
            address: order_created.address.clone(),
        })?;
        let event = DeliveryCreated {
            order_id: order_created.order_id,
            delivery_id: delivery.id,
            success: true,
        };
        cx.out.emit("create-delivery", &event);
        Ok(0)
    }
}

/// `create-delivery` fails: publishes `DeliveryCreated.failure`.
fn fail_create_delivery(cx: &mut Context<'_>) {
    let failure = DeliveryCreated { order_id: *cx.correlation, delivery_id: 0, success: false };
    cx.out.emit("create-delivery", &failure);
}

/// `create-delivery` failed although `decrease-product` had succeeded: sends its
/// compensation.
fn send_increase_product(cx: &mut Context<'_>) {
    let inputs = cx.rows.create_delivery.inputs(cx.key);
    let Some(product_decreased) = &inputs.product_decreased else {
        return cx.out.unexpected("create-delivery");
    };
    let command = IncreaseProductCommand {
        order_id: product_decreased.order_id,
        product_id: product_decreased.product_id,
        quantity: product_decreased.quantity,
    };
    cx.out.emit("create-delivery", &command);
}
