// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `archive`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::archive::Handlers;
use claim_contracts::events::{ClaimFiled, ClaimPaid};
use claim_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnyTable, Event, Failing, Flow, Halt, Outcome, Refusal, RequestContext,
    Routes, Service, TableSchema, Undecodable,
};

/// The service `archive`.
pub struct ArchiveService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `claim-paid`.
    ClaimPaid(ClaimPaid),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }
}

impl<H: Handlers> Service for ArchiveService<H> {
    const SAGA: &'static str = "claim";
    const NAME: &'static str = "archive";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[ClaimPaid::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ClaimFiled::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[("file-claim", &[ClaimPaid::TOPIC])];
    const AT: usize = service::ARCHIVE;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = i64;
    type Answered = Infallible;

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
            ClaimPaid::TOPIC => saga_runtime::decode(body).map(Input::ClaimPaid),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ClaimPaid(event) => match Outcome::of(event.success) {
                Outcome::Success => message::CLAIM_PAID_SUCCESS,
                Outcome::Failure => message::CLAIM_PAID_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ClaimPaid(event) => &event.claim_id,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::FILE_CLAIM, Some(Input::ClaimPaid(event))) => self.file_claim(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match (step, cx.input) {
            (step::FILE_CLAIM, Some(Input::ClaimPaid(event))) => fail_file_claim(event, why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> ArchiveService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `file-claim`: on `ClaimPaid`, publishes `ClaimFiled`.
    fn file_claim(&self, claim_paid: &ClaimPaid, cx: &mut Context<'_>) -> Result<usize, Halt> {
        self.handlers.file_claim(claim_paid)?;
        let event = ClaimFiled { claim_id: claim_paid.claim_id, reason: None, success: true };
        cx.out.emit("file-claim", &event);
        Ok(0)
    }
}

/// `file-claim` fails: publishes `ClaimFiled.failure`.
fn fail_file_claim(claim_paid: &ClaimPaid, why: &Failing, cx: &mut Context<'_>) {
    let failure = match why {
        Failing::Rejected(rejection) => {
            ClaimFiled { claim_id: *cx.correlation, reason: Some(rejection.reason.clone()), success: false }
        }
        Failing::Closed => {
            ClaimFiled { claim_id: *cx.correlation, reason: claim_paid.reason.clone(), success: false }
        }
        _ => return cx.out.unexpected("file-claim"),
    };
    cx.out.emit("file-claim", &failure);
}
