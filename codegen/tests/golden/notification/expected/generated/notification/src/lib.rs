// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `notification`: which messages it reads, which rows
//! they touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use order_contracts::events::DeliveryCreated;
use order_contracts::flow::{FLOW, message, service, step};
use order_contracts::notification::{Handlers, Notice};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    Service, Table, TableSchema, Undecodable,
};

/// The service `notification`.
pub struct NotificationService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i32>;

/// The messages the service reads.
pub enum Input {
    /// From topic `delivery-created`.
    DeliveryCreated(DeliveryCreated),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `notice_tb`.
    pub notice: Table<Notice>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.notice]
    }
}

impl<H: Handlers> Service for NotificationService<H> {
    const SAGA: &'static str = "order";
    const NAME: &'static str = "notification";
    const PORT: u16 = 8085;
    const CONSUMES: &'static [&'static str] = &[DeliveryCreated::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("notify-completed", &[DeliveryCreated::TOPIC]),
        ("notify-cancelled", &[DeliveryCreated::TOPIC]),
    ];
    const AT: usize = service::NOTIFICATION;
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
        vec![TableSchema::of::<Notice>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
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

    fn lock(&self, step: usize, _at: &At<'_, Input, i32>, rows: &mut Rows) {
        if matches!(step, step::NOTIFY_COMPLETED | step::NOTIFY_CANCELLED) {
            rows.notice.reserve_new()
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::NOTIFY_COMPLETED, Some(Input::DeliveryCreated(event))) => self.notify_completed(event, cx),
            (step::NOTIFY_CANCELLED, Some(Input::DeliveryCreated(event))) => self.notify_cancelled(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> NotificationService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `notify-completed`: on `DeliveryCreated.success`, creates a `Notice`.
    fn notify_completed(
        &self,
        delivery_created: &DeliveryCreated,
        cx: &mut Context<'_>,
    ) -> Result<usize, Halt> {
        let answer = self.handlers.notify_completed(delivery_created);
        cx.rows.notice.create(|id| Notice { id, order_id: delivery_created.order_id, text: answer.text })?;
        cx.out.done("notify-completed", cx.key);
        Ok(0)
    }

    /// `notify-cancelled`: on `DeliveryCreated.failure`, creates a `Notice`.
    fn notify_cancelled(
        &self,
        delivery_created: &DeliveryCreated,
        cx: &mut Context<'_>,
    ) -> Result<usize, Halt> {
        let answer = self.handlers.notify_cancelled(delivery_created);
        cx.rows.notice.create(|id| Notice { id, order_id: delivery_created.order_id, text: answer.text })?;
        cx.out.done("notify-cancelled", cx.key);
        Ok(0)
    }
}
