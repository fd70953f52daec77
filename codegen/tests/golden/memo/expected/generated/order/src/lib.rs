// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `order`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use order_contracts::events::{DeliveryCreated, OrderCreated};
use order_contracts::flow::{FLOW, message, service, step};
use order_contracts::order::{CreateOrder, Handlers, Order, OrderStatus};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable,
};

/// The service `order`.
pub struct OrderService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i32, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `delivery-created`.
    DeliveryCreated(DeliveryCreated),
}

/// The requests that write.
pub enum Request {
    /// `POST /orders`.
    CreateOrder(CreateOrder),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `order_tb`.
    pub order: Table<Order>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.order]
    }
}

impl<H: Handlers> Service for OrderService<H> {
    const SAGA: &'static str = "order";
    const NAME: &'static str = "order";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[DeliveryCreated::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[OrderCreated::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("complete-order", &[DeliveryCreated::TOPIC]),
        ("cancel-order", &[DeliveryCreated::TOPIC]),
    ];
    const AT: usize = service::ORDER;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = i32;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Order>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<CreateOrder>(
                "/orders",
                Request::CreateOrder,
                r#"{"userId":1,"productId":1,"quantity":1,"price":1,"address":"address"}"#,
            )
            .read::<Order>("/orders/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            DeliveryCreated::TOPIC => saga_runtime::decode(body).map(Input::DeliveryCreated),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::DeliveryCreated(event) => match Outcome::of(event.success) {
                Outcome::Success => message::DELIVERY_CREATED_SUCCESS,
                Outcome::Failure => message::DELIVERY_CREATED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i32 {
        match input {
            Input::DeliveryCreated(event) => &event.order_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i32>, rows: &mut Rows) {
        if matches!(step, step::COMPLETE_ORDER | step::CANCEL_ORDER) {
            rows.order.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::COMPLETE_ORDER | step::CANCEL_ORDER, 0) => cx.rows.order.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::COMPLETE_ORDER, Some(Input::DeliveryCreated(event))) => complete_order(event, cx),
            (step::CANCEL_ORDER, Some(Input::DeliveryCreated(event))) => cancel_order(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::CreateOrder(_) => {
                rows.order.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::CreateOrder(body) => self.create_order(body, cx),
        }
    }
}

impl<H: Handlers> OrderService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `create-order`: creates an `Order` and publishes `OrderCreated`.
    fn create_order(&self, body: &CreateOrder, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.create_order(body)?;
        let order = cx.rows.order.create(|id| Order {
            id,
            user_id: body.user_id,
            product_id: body.product_id,
            quantity: body.quantity,
            price: body.price,
            memo: body.memo.clone(),
            status: OrderStatus::Pending,
        })?;
        let event = OrderCreated {
            order_id: order.id,
            user_id: body.user_id,
            product_id: body.product_id,
            quantity: body.quantity,
            price: body.price,
            address: body.address.clone(),
            memo: body.memo.clone(),
        };
        cx.out.emit("create-order", &event);
        Answer::created(order)
    }
}

/// `complete-order`: on `DeliveryCreated.success`, moves the `Order` to
/// `COMPLETED`.
fn complete_order(delivery_created: &DeliveryCreated, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.order.set_status(&delivery_created.order_id, OrderStatus::Completed);
    cx.out.moved("complete-order", cx.key, OrderStatus::Completed);
    Ok(0)
}

/// `cancel-order`: on `DeliveryCreated.failure`, moves the `Order` to `CANCELLED`.
fn cancel_order(delivery_created: &DeliveryCreated, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.order.set_status(&delivery_created.order_id, OrderStatus::Cancelled);
    cx.out.moved("cancel-order", cx.key, OrderStatus::Cancelled);
    Ok(0)
}
