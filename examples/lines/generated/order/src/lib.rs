// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `order`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable,
};
use shop_contracts::events::{OrderPlaced, ParcelSent};
use shop_contracts::flow::{FLOW, message, service, step};
use shop_contracts::order::{Handlers, Order, OrderStatus, PlaceOrder};

/// The service `order`.
pub struct OrderService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `parcel-sent`.
    ParcelSent(ParcelSent),
}

/// The requests that write.
pub enum Request {
    /// `POST /orders`.
    PlaceOrder(PlaceOrder),
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
    const SAGA: &'static str = "shop";
    const NAME: &'static str = "order";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[ParcelSent::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[OrderPlaced::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("finish-order", &[ParcelSent::TOPIC]),
        ("refuse-order", &[ParcelSent::TOPIC]),
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
            .create::<PlaceOrder>("/orders", Request::PlaceOrder, r#"{"lines":[]}"#)
            .read::<Order>("/orders/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            ParcelSent::TOPIC => saga_runtime::decode(body).map(Input::ParcelSent),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ParcelSent(event) => match Outcome::of(event.success) {
                Outcome::Success => message::PARCEL_SENT_SUCCESS,
                Outcome::Failure => message::PARCEL_SENT_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ParcelSent(event) => &event.order_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::FINISH_ORDER | step::REFUSE_ORDER) {
            rows.order.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::FINISH_ORDER | step::REFUSE_ORDER, 0) => cx.rows.order.status(cx.correlation),
            _ => None,
        }
    }

    fn must_act(step: usize) -> bool {
        matches!(step, step::REFUSE_ORDER)
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::FINISH_ORDER, Some(Input::ParcelSent(event))) => finish_order(event, cx),
            (step::REFUSE_ORDER, Some(Input::ParcelSent(event))) => refuse_order(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::PlaceOrder(_) => {
                rows.order.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::PlaceOrder(body) => self.place_order(body, cx),
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
        let order = cx.rows.order
            .create(|id| Order { id, lines: body.lines.clone(), reason: None, status: OrderStatus::Placed })?;
        let event = OrderPlaced { order_id: order.id, lines: body.lines.clone() };
        cx.out.emit("place-order", &event);
        Answer::created(order)
    }
}

/// `finish-order`: on `ParcelSent.success`, moves the `Order` to `SENT`.
fn finish_order(parcel_sent: &ParcelSent, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.order.set_status(&parcel_sent.order_id, OrderStatus::Sent);
    cx.out.moved("finish-order", cx.key, OrderStatus::Sent);
    Ok(0)
}

/// `refuse-order`: on `ParcelSent.failure`, moves the `Order` to `REFUSED`.
fn refuse_order(parcel_sent: &ParcelSent, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.order.change(&parcel_sent.order_id, |order| {
        order.reason = parcel_sent.reason.clone();
        Ok(())
    })?;
    cx.rows.order.set_status(&parcel_sent.order_id, OrderStatus::Refused);
    cx.out.moved("refuse-order", cx.key, OrderStatus::Refused);
    Ok(0)
}
