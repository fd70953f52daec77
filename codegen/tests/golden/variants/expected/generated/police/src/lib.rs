// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `police`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::events::{ClaimOpened, ClaimOpenedKind, TheftReported};
use claim_contracts::flow::{FLOW, message, service, step};
use claim_contracts::police::Handlers;
use saga_runtime::{
    Answer, AnyTable, Event, Failing, Flow, Halt, Refusal, RequestContext, Routes,
    Service, TableSchema, Undecodable,
};

/// The service `police`.
pub struct PoliceService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

/// The messages the service reads.
pub enum Input {
    /// From topic `claim-opened`.
    ClaimOpened(ClaimOpened),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }
}

impl<H: Handlers> Service for PoliceService<H> {
    const SAGA: &'static str = "claim";
    const NAME: &'static str = "police";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[ClaimOpened::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[TheftReported::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("report-theft", &[ClaimOpened::TOPIC]),
    ];
    const AT: usize = service::POLICE;
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
            ClaimOpened::TOPIC => saga_runtime::decode(body).map(Input::ClaimOpened),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ClaimOpened(event) => match event.kind {
                ClaimOpenedKind::Glass => message::CLAIM_OPENED_GLASS,
                ClaimOpenedKind::Theft => message::CLAIM_OPENED_THEFT,
                ClaimOpenedKind::Fire => message::CLAIM_OPENED_FIRE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ClaimOpened(event) => &event.claim_id,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::REPORT_THEFT, Some(Input::ClaimOpened(event))) => self.report_theft(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::REPORT_THEFT => fail_report_theft(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> PoliceService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `report-theft`: on `ClaimOpened.theft`, publishes `TheftReported`.
    fn report_theft(&self, claim_opened: &ClaimOpened, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let answer = self.handlers.report_theft(claim_opened)?;
        let event = TheftReported {
            claim_id: claim_opened.claim_id,
            payout: answer.payout,
            branch_id: answer.branch_id,
            reason: None,
            doubtful: false,
        };
        cx.out.emit("report-theft", &event);
        Ok(0)
    }
}

/// `report-theft` fails: publishes `TheftReported.success`.
fn fail_report_theft(why: &Failing, cx: &mut Context<'_>) {
    let failure = match why {
        Failing::Rejected(rejection) => {
            TheftReported {
                claim_id: *cx.correlation,
                payout: 0,
                branch_id: 0,
                reason: Some(rejection.reason.clone()),
                doubtful: true,
            }
        }
        _ => return cx.out.unexpected("report-theft"),
    };
    cx.out.emit("report-theft", &failure);
}
