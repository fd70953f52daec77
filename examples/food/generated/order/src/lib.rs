// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `order`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use food_contracts::events::{CancelRequested, MealPickedUp, OrderPlaced};
use food_contracts::flow::{FLOW, message, service, step};
use food_contracts::order::{Handlers, Order, OrderStatus, PlaceOrder, RequestCancel};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Method, Outcome, Refusal, RequestContext,
    Routes, RowStatus, Service, Table, TableSchema, Undecodable,
};

/// The service `order`.
pub struct OrderService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `meal-picked-up`.
    MealPickedUp(MealPickedUp),
}

/// The requests that write.
pub enum Request {
    /// `POST /orders`.
    PlaceOrder(PlaceOrder),
    /// `POST /orders/:id/cancel`.
    RequestCancel(i64, RequestCancel),
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
    const SAGA: &'static str = "food";
    const NAME: &'static str = "order";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[MealPickedUp::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[OrderPlaced::TOPIC, CancelRequested::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("finish-order", &[MealPickedUp::TOPIC]),
        ("cancel-order", &[MealPickedUp::TOPIC]),
    ];
    const AT: usize = service::ORDER;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Order>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<PlaceOrder>(
                "/orders",
                Request::PlaceOrder,
                r#"{"restaurantId":1,"meal":"meal","address":"address"}"#,
            )
            .write::<RequestCancel>(
                Method::Post,
                "/orders/{id}/cancel",
                |path, body| Ok(Request::RequestCancel(path.key::<Order>("id")?, body)),
                r#"{}"#,
            )
            .read::<Order>("/orders/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            MealPickedUp::TOPIC => saga_runtime::decode(body).map(Input::MealPickedUp),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::MealPickedUp(event) => match Outcome::of(event.success) {
                Outcome::Success => message::MEAL_PICKED_UP_SUCCESS,
                Outcome::Failure => message::MEAL_PICKED_UP_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::MealPickedUp(event) => &event.order_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::REQUEST_CANCEL | step::FINISH_ORDER | step::CANCEL_ORDER) {
            rows.order.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::REQUEST_CANCEL | step::FINISH_ORDER | step::CANCEL_ORDER, 0) => {
                cx.rows.order.status(cx.correlation)
            }
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::REQUEST_CANCEL, _) => self.request_cancel(cx),
            (step::FINISH_ORDER, Some(Input::MealPickedUp(event))) => finish_order(event, cx),
            (step::CANCEL_ORDER, Some(Input::MealPickedUp(event))) => cancel_order(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn asked<'r>(request: &'r Request, _rows: &'r Rows) -> Option<(usize, &'r i64)> {
        match request {
            Request::RequestCancel(id, _) => Some((step::REQUEST_CANCEL, id)),
            Request::PlaceOrder(_) => None,
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::PlaceOrder(_) => {
                rows.order.reserve_new();
            }
            Request::RequestCancel(..) => {}
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::PlaceOrder(body) => self.place_order(body, cx),
            Request::RequestCancel(id, _) => cx.rows.order.found(id).and_then(Answer::changed),
        }
    }
}

impl<H: Handlers> OrderService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `place-order`: creates an `Order` and publishes `OrderPlaced`.
    fn place_order(&self, body: &PlaceOrder, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.place_order(body)?;
        let order = cx.rows.order.create(|id| Order {
            id,
            restaurant_id: body.restaurant_id,
            meal: body.meal.clone(),
            address: body.address.clone(),
            status: OrderStatus::Placed,
        })?;
        let event = OrderPlaced {
            order_id: order.id,
            restaurant_id: body.restaurant_id,
            meal: body.meal.clone(),
            address: body.address.clone(),
        };
        cx.out.emit("place-order", &event);
        Answer::created(order)
    }

    /// `request-cancel`: moves the `Order` to `CANCELLING` and publishes
    /// `CancelRequested`.
    fn request_cancel(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let Some(Request::RequestCancel(_, body)) = cx.request else {
            return Err(Halt::unexpected("request-cancel"));
        };
        cx.rows.order.ask::<_, Halt>(cx.correlation, |order| {
            self.handlers.request_cancel(order, body)?;
            Ok(())
        })?;
        cx.rows.order.set_status(cx.correlation, OrderStatus::Cancelling);
        cx.out.moved("request-cancel", cx.key, OrderStatus::Cancelling);
        let event = CancelRequested { order_id: *cx.correlation };
        cx.out.emit("request-cancel", &event);
        Ok(0)
    }
}

/// `finish-order`: on `MealPickedUp.success`, moves the `Order` to `DELIVERED`.
fn finish_order(meal_picked_up: &MealPickedUp, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.order.set_status(&meal_picked_up.order_id, OrderStatus::Delivered);
    cx.out.moved("finish-order", cx.key, OrderStatus::Delivered);
    Ok(0)
}

/// `cancel-order`: on `MealPickedUp.failure`, moves the `Order` to `CANCELLED`.
fn cancel_order(meal_picked_up: &MealPickedUp, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.order.set_status(&meal_picked_up.order_id, OrderStatus::Cancelled);
    cx.out.moved("cancel-order", cx.key, OrderStatus::Cancelled);
    Ok(0)
}
