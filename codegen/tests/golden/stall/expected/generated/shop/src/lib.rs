// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `shop`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Method, Outcome, Refusal, RequestContext,
    Routes, RowStatus, Service, Table, TableSchema, Undecodable,
};
use stall_contracts::events::{OrderPlaced, OrderShipped};
use stall_contracts::flow::{FLOW, message, service, step};
use stall_contracts::shop::{
    AddProduct, Handlers, Note, Order, OrderStatus, PauseProduct, PlaceOrder, Product,
    ProductStatus, RetireProduct, SetPrice, WriteNote,
};

/// The service `shop`.
pub struct ShopService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, String, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `order-shipped`.
    OrderShipped(OrderShipped),
}

/// The requests that write.
pub enum Request {
    /// `PUT /orders/:orderId`.
    PlaceOrder(String, PlaceOrder),
    /// `POST /products`.
    AddProduct(AddProduct),
    /// `PUT /products/:id/price`.
    SetPrice(i64, SetPrice),
    /// `POST /products/:id/pause`.
    PauseProduct(i64, PauseProduct),
    /// `DELETE /products/:id`.
    RetireProduct(i64, RetireProduct),
    /// `PUT /notes/:title`.
    WriteNote(String, WriteNote),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `note_tb`.
    pub note: Table<Note>,
    /// The rows of `order_tb`.
    pub order: Table<Order>,
    /// The rows of `product_tb`.
    pub product: Table<Product>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.note, &mut self.order, &mut self.product]
    }
}

impl<H: Handlers> Service for ShopService<H> {
    const SAGA: &'static str = "stall";
    const NAME: &'static str = "shop";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[OrderShipped::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[OrderPlaced::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("finish-order", &[OrderShipped::TOPIC]),
        ("refuse-order", &[OrderShipped::TOPIC]),
    ];
    const AT: usize = service::SHOP;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = String;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Note>(), TableSchema::of::<Order>(), TableSchema::of::<Product>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .write::<PlaceOrder>(
                Method::Put,
                "/orders/{orderId}",
                |path, body| Ok(Request::PlaceOrder(path.value("orderId")?, body)),
                r#"{"productId":1,"quantity":1}"#,
            )
            .read::<Order>("/orders/{orderId}")
            .create::<AddProduct>("/products", Request::AddProduct, r#"{"name":"name","price":"12.50"}"#)
            .write::<SetPrice>(
                Method::Put,
                "/products/{id}/price",
                |path, body| Ok(Request::SetPrice(path.key::<Product>("id")?, body)),
                r#"{"price":"12.50"}"#,
            )
            .write::<PauseProduct>(
                Method::Post,
                "/products/{id}/pause",
                |path, body| Ok(Request::PauseProduct(path.key::<Product>("id")?, body)),
                r#"{}"#,
            )
            .write::<RetireProduct>(
                Method::Delete,
                "/products/{id}",
                |path, body| Ok(Request::RetireProduct(path.key::<Product>("id")?, body)),
                r#"{}"#,
            )
            .list::<Product>("/products")
            .write::<WriteNote>(
                Method::Put,
                "/notes/{title}",
                |path, body| Ok(Request::WriteNote(path.value("title")?, body)),
                r#"{"text":"text"}"#,
            )
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            OrderShipped::TOPIC => saga_runtime::decode(body).map(Input::OrderShipped),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::OrderShipped(event) => match Outcome::of(event.success) {
                Outcome::Success => message::ORDER_SHIPPED_SUCCESS,
                Outcome::Failure => message::ORDER_SHIPPED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &String {
        match input {
            Input::OrderShipped(event) => &event.order_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, String>, rows: &mut Rows) {
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

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::FINISH_ORDER, Some(Input::OrderShipped(event))) => finish_order(event, cx),
            (step::REFUSE_ORDER, Some(Input::OrderShipped(event))) => refuse_order(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::PlaceOrder(order_id, _) => {
                rows.order.lock(order_id);
            }
            Request::AddProduct(_) => {
                rows.product.reserve_new();
            }
            Request::SetPrice(id, _) => {
                rows.product.lock(id);
            }
            Request::PauseProduct(id, _) => {
                rows.product.lock(id);
            }
            Request::RetireProduct(id, _) => {
                rows.product.lock(id);
            }
            Request::WriteNote(title, _) => {
                rows.note.lock(title);
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::PlaceOrder(order_id, body) => self.place_order(order_id, body, cx),
            Request::AddProduct(body) => self.add_product(body, cx),
            Request::SetPrice(id, body) => self.set_price(id, body, cx),
            Request::PauseProduct(id, body) => self.pause_product(id, body, cx),
            Request::RetireProduct(id, body) => self.retire_product(id, body, cx),
            Request::WriteNote(title, body) => self.write_note(title, body, cx),
        }
    }
}

impl<H: Handlers> ShopService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `place-order`: creates an `Order` and publishes `OrderPlaced`.
    fn place_order(
        &self,
        order_id: &str,
        body: &PlaceOrder,
        cx: &mut RequestContext<'_, Rows>,
    ) -> Result<Answer, Refusal> {
        self.handlers.place_order(body)?;
        let order = cx.rows.order.insert(Order {
            order_id: order_id.to_owned(),
            product_id: body.product_id,
            quantity: body.quantity,
            status: OrderStatus::Placed,
        })?;
        let event = OrderPlaced {
            order_id: order_id.to_owned(),
            product_id: body.product_id,
            quantity: body.quantity,
        };
        cx.out.emit("place-order", &event);
        Answer::created(order)
    }

    /// `add-product`: creates a `Product`.
    fn add_product(&self, body: &AddProduct, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.add_product(body)?;
        let product = cx.rows.product.create(|id| Product {
            id,
            name: body.name.clone(),
            price: body.price,
            status: ProductStatus::Offered,
        })?;
        Answer::created(product)
    }

    /// `set-price`: changes the `Product`.
    fn set_price(
        &self,
        id: &i64,
        body: &SetPrice,
        cx: &mut RequestContext<'_, Rows>,
    ) -> Result<Answer, Refusal> {
        cx.rows.product.allows(id, None, None)?;
        cx.rows.product.ask(id, |product| self.handlers.set_price(product, body))?;
        cx.rows.product.found(id).and_then(Answer::changed)
    }

    /// `pause-product`: moves the `Product` to `PAUSED`.
    fn pause_product(
        &self,
        id: &i64,
        body: &PauseProduct,
        cx: &mut RequestContext<'_, Rows>,
    ) -> Result<Answer, Refusal> {
        if !cx.rows.product.allows(id, Some(&[ProductStatus::Offered]), Some(ProductStatus::Paused))? {
            return cx.rows.product.found(id).and_then(Answer::changed);
        }
        cx.rows.product.ask(id, |product| self.handlers.pause_product(product, body))?;
        cx.rows.product.set_status(id, ProductStatus::Paused);
        cx.rows.product.found(id).and_then(Answer::changed)
    }

    /// `retire-product`: moves the `Product` to `RETIRED`.
    fn retire_product(
        &self,
        id: &i64,
        body: &RetireProduct,
        cx: &mut RequestContext<'_, Rows>,
    ) -> Result<Answer, Refusal> {
        if !cx.rows.product.allows(id, None, Some(ProductStatus::Retired))? {
            return cx.rows.product.found(id).and_then(Answer::changed);
        }
        cx.rows.product.ask(id, |product| self.handlers.retire_product(product, body))?;
        cx.rows.product.set_status(id, ProductStatus::Retired);
        cx.rows.product.found(id).and_then(Answer::changed)
    }

    /// `write-note`: creates a `Note`.
    fn write_note(
        &self,
        title: &str,
        body: &WriteNote,
        cx: &mut RequestContext<'_, Rows>,
    ) -> Result<Answer, Refusal> {
        self.handlers.write_note(body)?;
        let note = cx.rows.note.insert(Note { title: title.to_owned(), text: body.text.clone() })?;
        Answer::created(note)
    }
}

/// `finish-order`: on `OrderShipped.success`, moves the `Order` to `SHIPPED`.
fn finish_order(order_shipped: &OrderShipped, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.order.set_status(&order_shipped.order_id, OrderStatus::Shipped);
    cx.out.moved("finish-order", cx.key, OrderStatus::Shipped);
    Ok(0)
}

/// `refuse-order`: on `OrderShipped.failure`, moves the `Order` to `REFUSED`.
fn refuse_order(order_shipped: &OrderShipped, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.order.set_status(&order_shipped.order_id, OrderStatus::Refused);
    cx.out.moved("refuse-order", cx.key, OrderStatus::Refused);
    Ok(0)
}
