// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `order`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use market_contracts::events::{OrderBooked, OrderPacked, OrderPlaced, OrderSent};
use market_contracts::flow::{FLOW, message, service, step};
use market_contracts::order::{Handlers, Ledger, Order, OrderStatus, PlaceOrder, Receipt};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable,
};

/// The service `order`.
pub struct OrderService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order-packed`.
    OrderPacked(OrderPacked),
    /// From topic `order-booked`.
    OrderBooked(OrderBooked),
}

/// The requests that write.
pub enum Request {
    /// `POST /orders`.
    PlaceOrder(PlaceOrder),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `ledger_tb`.
    pub ledger: Table<Ledger>,
    /// The rows of `order_tb`.
    pub order: Table<Order>,
    /// The rows of `receipt_tb`.
    pub receipt: Table<Receipt>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.ledger, &mut self.order, &mut self.receipt]
    }
}

impl<H: Handlers> Service for OrderService<H> {
    const SAGA: &'static str = "market";
    const NAME: &'static str = "order";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[OrderPacked::TOPIC, OrderBooked::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[OrderPlaced::TOPIC, OrderSent::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("finish-order", &[OrderPacked::TOPIC]),
        ("keep-points", &[OrderBooked::TOPIC]),
        ("refuse-order", &[OrderPacked::TOPIC]),
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
        vec![TableSchema::of::<Ledger>(), TableSchema::of::<Order>(), TableSchema::of::<Receipt>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<PlaceOrder>(
                "/orders",
                Request::PlaceOrder,
                r#"{"customerId":"customerId","slotId":1,"shelves":[],"lines":[]}"#,
            )
            .read::<Order>("/orders/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderPacked::TOPIC => saga_runtime::decode(body).map(Input::OrderPacked),
            OrderBooked::TOPIC => saga_runtime::decode(body).map(Input::OrderBooked),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderPacked(event) => match Outcome::of(event.success) {
                Outcome::Success => message::ORDER_PACKED_SUCCESS,
                Outcome::Failure => message::ORDER_PACKED_FAILURE,
            },
            Input::OrderBooked(_) => message::ORDER_BOOKED,
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::OrderPacked(event) => &event.order_id,
            Input::OrderBooked(event) => &event.order_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        match (step, at.input) {
            (step::FINISH_ORDER, _) => {
                rows.order.lock(at.correlation);
                rows.receipt.reserve_new();
            }
            (step::KEEP_POINTS, Some(Input::OrderBooked(order_booked))) => {
                rows.ledger.lock(&order_booked.points)
            }
            (step::REFUSE_ORDER, Some(Input::OrderPacked(order_packed))) => {
                rows.order.lock(at.correlation);
                rows.ledger.lock(&order_packed.parcel_id);
            }
            _ => {}
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::FINISH_ORDER | step::REFUSE_ORDER, 0) => cx.rows.order.status(cx.correlation),
            _ => None,
        }
    }

    fn must_act(step: usize) -> bool {
        matches!(step, step::FINISH_ORDER | step::REFUSE_ORDER)
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::FINISH_ORDER, Some(Input::OrderPacked(event))) => finish_order(event, cx),
            (step::KEEP_POINTS, Some(Input::OrderBooked(event))) => keep_points(event, cx),
            (step::REFUSE_ORDER, Some(Input::OrderPacked(event))) => self.refuse_order(event, cx),
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
        let order = cx.rows.order.create(|id| Order {
            id,
            customer_id: body.customer_id.clone(),
            slot_id: body.slot_id,
            shelves: body.shelves.clone(),
            lines: body.lines.clone(),
            parcel_id: None,
            note: None,
            status: OrderStatus::Placed,
        })?;
        let event = OrderPlaced {
            order_id: order.id,
            customer_id: body.customer_id.clone(),
            slot_id: body.slot_id,
            shelves: body.shelves.clone(),
            lines: body.lines.clone(),
        };
        cx.out.emit("place-order", &event);
        Answer::created(order)
    }

    /// `refuse-order`: on `OrderPacked.failure`, moves the `Order` to `REFUSED` and
    /// changes the `Ledger`.
    fn refuse_order(&self, order_packed: &OrderPacked, cx: &mut Context<'_>) -> Result<usize, Halt> {
        cx.rows.order.change(&order_packed.order_id, |order| {
            cx.rows.ledger.change(&order_packed.parcel_id, |ledger| {
                self.handlers.refuse_order(order, ledger, order_packed);
                order.note = order_packed.reason.clone();
                Ok(())
            })
        })?;
        cx.rows.order.set_status(&order_packed.order_id, OrderStatus::Refused);
        cx.out.moved("refuse-order", cx.key, OrderStatus::Refused);
        Ok(0)
    }
}

/// `finish-order`: on `OrderPacked.success`, moves the `Order` to `SENT`, creates a
/// `Receipt` and publishes `OrderSent`.
fn finish_order(order_packed: &OrderPacked, cx: &mut Context<'_>) -> Result<usize, Halt> {
    let receipt = cx.rows.order.change(&order_packed.order_id, |order| {
        order.parcel_id = Some(order_packed.parcel_id);
        cx.rows.receipt.create(|id| Receipt {
            id,
            order_id: order_packed.order_id,
            customer_id: order.customer_id.clone(),
        })
    })?;
    cx.rows.order.set_status(&order_packed.order_id, OrderStatus::Sent);
    cx.out.moved("finish-order", cx.key, OrderStatus::Sent);
    let order = cx.rows.order.row(&order_packed.order_id)?;
    let event = OrderSent {
        order_id: order_packed.order_id,
        customer_id: order.customer_id.clone(),
        receipt_id: receipt.id,
    };
    cx.out.emit("finish-order", &event);
    Ok(0)
}

/// `keep-points`: on `OrderBooked`, changes the `Ledger`.
fn keep_points(order_booked: &OrderBooked, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.ledger.change(&order_booked.points, |ledger| {
        ledger.orders = order_booked.order_id;
        Ok(())
    })?;
    cx.out.done("keep-points", cx.key);
    Ok(0)
}
