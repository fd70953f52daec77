// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `return-desk`: which messages it reads, which rows
//! they touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use return_contracts::events::{MoneyReturned, ReturnOpened};
use return_contracts::flow::{FLOW, message, service, step};
use return_contracts::return_desk::{Handlers, OpenReturn, Return, ReturnStatus};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable,
};

/// The service `return-desk`.
pub struct ReturnDeskService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `money-returned`.
    MoneyReturned(MoneyReturned),
}

/// The requests that write.
pub enum Request {
    /// `POST /returns`.
    OpenReturn(OpenReturn),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `return_tb`.
    pub r#return: Table<Return>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.r#return]
    }
}

impl<H: Handlers> Service for ReturnDeskService<H> {
    const SAGA: &'static str = "return";
    const NAME: &'static str = "return-desk";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[MoneyReturned::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ReturnOpened::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("close-return", &[MoneyReturned::TOPIC]),
        ("refuse-return", &[MoneyReturned::TOPIC]),
    ];
    const AT: usize = service::RETURN_DESK;
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
        vec![TableSchema::of::<Return>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<OpenReturn>("/returns", Request::OpenReturn, r#"{"orderId":1,"amount":1}"#)
            .list::<Return>("/orders/{orderId}/returns")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            MoneyReturned::TOPIC => saga_runtime::decode(body).map(Input::MoneyReturned),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::MoneyReturned(event) => match Outcome::of(event.success) {
                Outcome::Success => message::MONEY_RETURNED_SUCCESS,
                Outcome::Failure => message::MONEY_RETURNED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::MoneyReturned(event) => &event.return_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::CLOSE_RETURN | step::REFUSE_RETURN) {
            rows.r#return.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::CLOSE_RETURN | step::REFUSE_RETURN, 0) => cx.rows.r#return.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::CLOSE_RETURN, Some(Input::MoneyReturned(event))) => close_return(event, cx),
            (step::REFUSE_RETURN, Some(Input::MoneyReturned(event))) => refuse_return(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::OpenReturn(_) => {
                rows.r#return.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::OpenReturn(body) => self.open_return(body, cx),
        }
    }
}

impl<H: Handlers> ReturnDeskService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `open-return`: creates a `Return` and publishes `ReturnOpened`.
    fn open_return(&self, body: &OpenReturn, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.open_return(body)?;
        let r#return = cx.rows.r#return.create(|id| Return {
            id,
            order_id: body.order_id,
            amount: body.amount,
            status: ReturnStatus::Open,
        })?;
        let event = ReturnOpened { return_id: r#return.id, order_id: body.order_id, amount: body.amount };
        cx.out.emit("open-return", &event);
        Answer::created(r#return)
    }
}

/// `close-return`: on `MoneyReturned.success`, moves the `Return` to `CLOSED`.
fn close_return(money_returned: &MoneyReturned, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.r#return.set_status(&money_returned.return_id, ReturnStatus::Closed);
    cx.out.moved("close-return", cx.key, ReturnStatus::Closed);
    Ok(0)
}

/// `refuse-return`: on `MoneyReturned.failure`, moves the `Return` to `REFUSED`.
fn refuse_return(money_returned: &MoneyReturned, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.r#return.set_status(&money_returned.return_id, ReturnStatus::Refused);
    cx.out.moved("refuse-return", cx.key, ReturnStatus::Refused);
    Ok(0)
}
