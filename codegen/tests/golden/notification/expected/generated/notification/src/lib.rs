// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `notification`: which messages it reads, which rows
//! they touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use order_contracts::events::DeliveryCreated;
use order_contracts::notification::{Handlers, Notice};
use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Outcome, Refusal, Routes,
    Service, Table, TableSchema, Undecodable,
};

/// The service `notification`.
pub struct NotificationService<H> {
    handlers: H,
}

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

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::DeliveryCreated(event) => {
                claims.claim("notify-completed", event.order_id);
                claims.claim("notify-cancelled", event.order_id);
            }
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::DeliveryCreated(_) => rows.notice.reserve_new(),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::DeliveryCreated(event) => match Outcome::of(event.success) {
                Outcome::Success => self.notify_completed(event, cx)?,
                Outcome::Failure => self.notify_cancelled(event, cx)?,
            },
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
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
        cx: &mut Context<'_, Rows>,
    ) -> Result<(), Fault> {
        if !cx.out.first_run("notify-completed", delivery_created.order_id) {
            return Ok(());
        }
        let answer = self.handlers.notify_completed(delivery_created);
        cx.rows.notice
            .create(|id| Notice { id, order_id: delivery_created.order_id, text: answer.text })
            .map_err(Fault::Rejected)?;
        cx.out.done("notify-completed", delivery_created.order_id);
        Ok(())
    }

    /// `notify-cancelled`: on `DeliveryCreated.failure`, creates a `Notice`.
    fn notify_cancelled(
        &self,
        delivery_created: &DeliveryCreated,
        cx: &mut Context<'_, Rows>,
    ) -> Result<(), Fault> {
        if !cx.out.first_run("notify-cancelled", delivery_created.order_id) {
            return Ok(());
        }
        let answer = self.handlers.notify_cancelled(delivery_created);
        cx.rows.notice
            .create(|id| Notice { id, order_id: delivery_created.order_id, text: answer.text })
            .map_err(Fault::Rejected)?;
        cx.out.done("notify-cancelled", delivery_created.order_id);
        Ok(())
    }
}
