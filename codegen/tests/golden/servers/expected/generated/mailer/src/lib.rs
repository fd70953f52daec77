// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `mailer`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use saga_runtime::{
    Answer, AnySteps, AnyTable, Call, CallError, Calling, Event, Flow, Halt, Inputs,
    Refusal, RequestContext, Routes, Service, StepRows, Steps, TableSchema, Unanswered,
    Undecodable,
};
use serde::{Deserialize, Serialize};
use support_contracts::events::TicketOpened;
use support_contracts::flow::{FLOW, message, service, step};
use support_contracts::mailer::Handlers;

/// The service `mailer`.
pub struct MailerService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64, Infallible, Answered>;

/// The messages the service reads.
pub enum Input {
    /// From topic `ticket-opened`.
    TicketOpened(TicketOpened),
}

/// What calls to other systems answer.
pub enum Answered {
    /// The call of `send-answer`.
    SendAnswer,
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `send-answer` has seen of each saga.
    pub send_answer: StepRows<SendAnswerInputs>,
}

/// What `send-answer` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SendAnswerInputs {
    /// `TicketOpened`, once it has arrived.
    pub ticket_opened: Option<TicketOpened>,
}

impl Inputs for SendAnswerInputs {
    const STEP: &'static str = "send-answer";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.ticket_opened.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::TicketOpened(event) => self.ticket_opened = Some(event.clone()),
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.send_answer]
    }
}

impl<H: Handlers> Service for MailerService<H> {
    const SAGA: &'static str = "support";
    const NAME: &'static str = "mailer";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[TicketOpened::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("send-answer", &[TicketOpened::TOPIC]),
    ];
    const AT: usize = service::MAILER;
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
        Vec::new()
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            TicketOpened::TOPIC => saga_runtime::decode(body).map(Input::TicketOpened),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::TicketOpened(_) => message::TICKET_OPENED,
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::TicketOpened(event) => &event.ticket_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::SEND_ANSWER => Some(&mut rows.send_answer),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::SEND_ANSWER => send_answer(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::SEND_ANSWER => (10, Duration::from_secs(5)),
            _ => (10, Duration::from_secs(10)),
        }
    }

    fn call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Rows,
    ) -> Option<Calling<Result<Answered, CallError>>> {
        let service = Arc::clone(service);
        match step {
            step::SEND_ANSWER => {
                let inputs = rows.send_answer.inputs(key).clone();
                Some(
                    Box::pin(async move {
                        service.call_for_send_answer(&call, &inputs).await
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

impl<H: Handlers> MailerService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// Calls for `send-answer`.
    async fn call_for_send_answer(
        &self,
        call: &Call,
        inputs: &SendAnswerInputs,
    ) -> Result<Answered, CallError> {
        let Some(ticket_opened) = &inputs.ticket_opened else {
            return Err(Unanswered::because("its messages are not there").into());
        };
        self.handlers.send_answer(call, ticket_opened).await.map(|()| Answered::SendAnswer)
    }
}

/// `send-answer`: on `TicketOpened`, asks the handler.
fn send_answer(cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.out.done("send-answer", cx.key);
    Ok(0)
}
