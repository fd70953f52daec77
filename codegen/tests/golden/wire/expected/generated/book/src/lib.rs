// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `book`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use saga_runtime::{
    Answer, AnySteps, AnyTable, Calling, Event, Failing, Flow, Halt, Inputs, Outcome,
    Refusal, RequestContext, Routes, Service, Sql, SqlError, StepRows, Steps, Table,
    TableSchema, Undecodable,
};
use serde::{Deserialize, Serialize};
use wire_contracts::book::{Book, Handlers};
use wire_contracts::events::{WireAsked, WireBooked, WireSent};
use wire_contracts::flow::{FLOW, message, service, step};

/// The service `book`.
pub struct BookService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Infallible, Answered>;

/// The messages the service reads.
pub enum Input {
    /// From topic `wire-asked`.
    WireAsked(WireAsked),
    /// From topic `wire-sent`.
    WireSent(WireSent),
}

/// What handlers answer that are asked apart from their batch.
pub enum Answered {
    /// The SQL of `book-wire`.
    BookWire,
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `book_tb`.
    pub book: Table<Book>,
    /// What `book-wire` has seen of each saga.
    pub book_wire: StepRows<BookWireInputs>,
}

/// What `book-wire` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BookWireInputs {
    /// `WireAsked`, once it has arrived.
    pub wire_asked: Option<WireAsked>,
    /// `WireSent.success`, once it has arrived.
    pub wire_sent: Option<WireSent>,
}

impl Inputs for BookWireInputs {
    const STEP: &'static str = "book-wire";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.wire_asked.is_some(),
            _ => self.wire_sent.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::WireAsked(event) => self.wire_asked = Some(event.clone()),
            Input::WireSent(event) => self.wire_sent = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.book]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.book_wire]
    }
}

impl<H: Handlers> Service for BookService<H> {
    const SAGA: &'static str = "wire";
    const NAME: &'static str = "book";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[WireAsked::TOPIC, WireSent::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[WireBooked::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("book-wire", &[WireAsked::TOPIC, WireSent::TOPIC]),
    ];
    const AT: usize = service::BOOK;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Answered;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Book>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Book>("/books")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            WireAsked::TOPIC => saga_runtime::decode(body).map(Input::WireAsked),
            WireSent::TOPIC => saga_runtime::decode(body).map(Input::WireSent),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::WireAsked(_) => message::WIRE_ASKED,
            Input::WireSent(event) => match Outcome::of(event.success) {
                Outcome::Success => message::WIRE_SENT_SUCCESS,
                Outcome::Failure => message::WIRE_SENT_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::WireAsked(event) => &event.wire_id,
            Input::WireSent(event) => &event.wire_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::BOOK_WIRE => Some(&mut rows.book_wire),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::BOOK_WIRE => book_wire(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::BOOK_WIRE => fail_book_wire(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::BOOK_WIRE => (10, Duration::from_secs(10)),
            _ => (10, Duration::from_secs(10)),
        }
    }

    fn sql(
        service: &Arc<Self>,
        step: usize,
        sql: Sql,
        key: &str,
        rows: &mut Rows,
    ) -> Option<Calling<Result<Answered, SqlError>>> {
        let service = Arc::clone(service);
        match step {
            step::BOOK_WIRE => {
                let inputs = rows.book_wire.inputs(key).clone();
                Some(
                    Box::pin(async move {
                        service.sql_for_book_wire(&sql, &inputs).await
                    }),
                )
            }
            _ => None,
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> BookService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// Asks for `book-wire`, in its transaction.
    async fn sql_for_book_wire(&self, sql: &Sql, inputs: &BookWireInputs) -> Result<Answered, SqlError> {
        let (Some(wire_asked), Some(wire_sent)) = (&inputs.wire_asked, &inputs.wire_sent)
        else {
            return Err(SqlError::because("its messages are not there"));
        };
        self.handlers.book_wire(sql, wire_asked, wire_sent).await.map(|()| Answered::BookWire)
    }
}

/// `book-wire`: everything is there, so publishes `WireBooked`.
fn book_wire(cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.book_wire.inputs(cx.key);
    let Some(wire_asked) = &inputs.wire_asked else {
        return Err(Halt::unexpected("book-wire"));
    };
    let event = WireBooked { wire_id: wire_asked.wire_id, reason: None, success: true };
    cx.out.emit("book-wire", &event);
    Ok(0)
}

/// `book-wire` fails: publishes `WireBooked.failure`.
fn fail_book_wire(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            WireBooked { wire_id: *cx.correlation, reason: Some(rejection.reason.clone()), success: false }
        }
        (Failing::Closed, Some(Input::WireSent(wire_sent))) => {
            WireBooked { wire_id: *cx.correlation, reason: wire_sent.reason.clone(), success: false }
        }
        _ => return cx.out.unexpected("book-wire"),
    };
    cx.out.emit("book-wire", &failure);
}
