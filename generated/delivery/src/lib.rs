// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `delivery`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use order_contracts::delivery::{Delivery, Handlers};
use order_contracts::events::{
    DeliveryCreated, IncreaseProductCommand, OrderCreated, ProductDecreased,
};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Context, Effect, Event, Fault, IdempotencyClaims, Inputs,
    Outcome, Outgoing, Refusal, Routes, Service, StepRows, Table, TableSchema,
    Undecodable,
};
use serde::{Deserialize, Serialize};

/// The service `delivery`.
pub struct DeliveryService<H> {
    handlers: H,
}

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

    fn complete(&self) -> bool {
        self.order_created.is_some() && self.product_decreased.is_some()
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

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, rows: &mut Rows, _claims: &mut IdempotencyClaims) {
        match input {
            Input::OrderCreated(event) => rows.create_delivery.lock(event.order_id),
            Input::ProductDecreased(event) => rows.create_delivery.lock(event.order_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::OrderCreated(_) => rows.delivery.reserve_new(),
            Input::ProductDecreased(_) => rows.delivery.reserve_new(),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::OrderCreated(event) => self.create_delivery_on_order_created(event, cx),
            Input::ProductDecreased(event) => match Outcome::of(event.success) {
                Outcome::Success => self.create_delivery_on_product_decreased(event, cx),
                Outcome::Failure => close_create_delivery(event, cx),
            },
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> DeliveryService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `OrderCreated` reaches `create-delivery`.
    fn create_delivery_on_order_created(&self, event: &OrderCreated, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.create_delivery.row(event.order_id);
        match step.arrive(|inputs| &mut inputs.order_created, event) {
            Effect::Run => self.create_delivery(event.order_id, cx),
            Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {}
        }
    }

    /// `ProductDecreased.success` reaches `create-delivery`.
    fn create_delivery_on_product_decreased(&self, event: &ProductDecreased, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.create_delivery.row(event.order_id);
        match step.arrive(|inputs| &mut inputs.product_decreased, event) {
            Effect::Run => self.create_delivery(event.order_id, cx),
            Effect::Late => send_increase_product(event, cx.out),
            Effect::Wait | Effect::Fail | Effect::Absorb => {}
        }
    }

    /// `create-delivery`: everything is there, so creates a `Delivery` and publishes
    /// `DeliveryCreated`.
    fn create_delivery(&self, correlation: i32, cx: &mut Context<'_, Rows>) {
        let step = cx.rows.create_delivery.row(correlation);
        let CreateDeliveryInputs {
            order_created: Some(order_created),
            product_decreased: Some(product_decreased),
        } = &step.inputs else {
            return;
        };
        let decided = cx.out
            .decide("create-delivery", || self.handlers.create_delivery(order_created, product_decreased))
            .and_then(|()| {
                let delivery = cx.rows.delivery.create(|id| Delivery {
                    id,
                    order_id: order_created.order_id,
                    address: order_created.address.clone(),
                })?;
                Ok(DeliveryCreated {
                    order_id: order_created.order_id,
                    delivery_id: delivery.id,
                    success: true,
                })
            });
        let succeeded = decided.is_ok();
        match decided {
            Ok(event) => cx.out.emit("create-delivery", &event),
            Err(rejection) => {
                cx.out.rejected("create-delivery", correlation, &rejection);
                let failure = DeliveryCreated {
                    order_id: order_created.order_id,
                    delivery_id: 0,
                    success: false,
                };
                cx.out.emit("create-delivery", &failure);
                send_increase_product(product_decreased, cx.out);
            }
        }
        step.ended(succeeded);
    }
}

/// `ProductDecreased.failure` closes `create-delivery`: publishes
/// `DeliveryCreated.failure` without asking the handler.
fn close_create_delivery(event: &ProductDecreased, cx: &mut Context<'_, Rows>) {
    let step = cx.rows.create_delivery.row(event.order_id);
    if step.close() != Effect::Fail {
        return;
    }
    let failure = DeliveryCreated { order_id: event.order_id, delivery_id: 0, success: false };
    cx.out.emit("create-delivery", &failure);
    if let Some(product_decreased) = &step.inputs.product_decreased {
        send_increase_product(product_decreased, cx.out);
    }
}

/// `create-delivery` failed although `decrease-product` had succeeded: sends its
/// compensation.
fn send_increase_product(product_decreased: &ProductDecreased, out: &mut Outgoing) {
    let command = IncreaseProductCommand {
        order_id: product_decreased.order_id,
        product_id: product_decreased.product_id,
        quantity: product_decreased.quantity,
    };
    out.emit("create-delivery", &command);
}
