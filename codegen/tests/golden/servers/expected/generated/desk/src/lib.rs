// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `desk`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use saga_runtime::{
    Answer, AnyTable, Event, Flow, Refusal, RequestContext, Routes, Service, Table,
    TableSchema, Undecodable,
};
use support_contracts::desk::{Handlers, OpenTicket, Ticket};
use support_contracts::events::TicketOpened;
use support_contracts::flow::{FLOW, service};

/// The service `desk`.
pub struct DeskService<H> {
    handlers: H,
}

/// The requests that write.
pub enum Request {
    /// `POST /tickets`.
    OpenTicket(OpenTicket),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `ticket_tb`.
    pub ticket: Table<Ticket>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.ticket]
    }
}

impl<H: Handlers> Service for DeskService<H> {
    const SAGA: &'static str = "support";
    const NAME: &'static str = "desk";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[];
    const PUBLISHES: &'static [&'static str] = &[TicketOpened::TOPIC];
    const AT: usize = service::DESK;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Infallible;
    type Request = Request;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Ticket>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.create::<OpenTicket>("/tickets", Request::OpenTicket, r#"{"question":"question"}"#)
    }

    fn decode(topic: &str, _body: &[u8]) -> Result<Infallible, Undecodable> {
        Err(Undecodable::Topic(topic.to_owned()))
    }

    fn message(input: &Infallible) -> usize {
        match *input {}
    }

    fn correlation(input: &Infallible) -> &i64 {
        match *input {}
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::OpenTicket(_) => {
                rows.ticket.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::OpenTicket(body) => self.open_ticket(body, cx),
        }
    }
}

impl<H: Handlers> DeskService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `open-ticket`: creates a `Ticket` and publishes `TicketOpened`.
    fn open_ticket(&self, body: &OpenTicket, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        self.handlers.open_ticket(body)?;
        let ticket = cx.rows.ticket.create(|id| Ticket { id, question: body.question.clone() })?;
        let event = TicketOpened { ticket_id: ticket.id, question: body.question.clone() };
        cx.out.emit("open-ticket", &event);
        Answer::created(ticket)
    }
}
