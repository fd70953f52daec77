// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `assessors`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::assessors::{Assess, Handlers, Report, Town};
use claim_contracts::events::{
    ClaimAssessed, ClaimAssessedResult, ClaimOpened, ClaimOpenedKind,
};
use claim_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnyTable, At, Event, Failing, Flow, Halt, Refusal, RequestContext, Routes,
    Service, Table, TableSchema, Undecodable,
};

/// The service `assessors`.
pub struct AssessorsService<H> {
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
pub struct Rows {
    /// The rows of `report_tb`.
    pub report: Table<Report>,
    /// The rows of `town_tb`.
    pub town: Table<Town>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.report, &mut self.town]
    }
}

impl<H: Handlers> Service for AssessorsService<H> {
    const SAGA: &'static str = "claim";
    const NAME: &'static str = "assessors";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[ClaimOpened::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ClaimAssessed::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[("assess", &[ClaimOpened::TOPIC])];
    const AT: usize = service::ASSESSORS;
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
        vec![TableSchema::of::<Report>(), TableSchema::of::<Town>()]
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

    fn lock(&self, step: usize, at: &At<'_, Input, i64>, rows: &mut Rows) {
        if let (step::ASSESS, Some(Input::ClaimOpened(claim_opened))) = (step, at.input) {
            rows.town.lock(&claim_opened.place);
            rows.report.reserve_new();
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::ASSESS, Some(Input::ClaimOpened(event))) => self.assess(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::ASSESS => fail_assess(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> AssessorsService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `assess`: on `ClaimOpened.fire`, changes the `Town`, creates a `Report` and
    /// publishes `ClaimAssessed`.
    fn assess(&self, claim_opened: &ClaimOpened, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let (way, result, payout, branch_id, report) = cx.rows.town.change(&claim_opened.place, |town| {
            let answer = self.handlers.assess(town, claim_opened)?;
            let (way, result, text, note, payout, branch_id) = match answer {
                Assess::Covered { text, note, payout, branch_id } => {
                    (0, ClaimAssessedResult::Covered, text, note, payout, branch_id)
                }
                Assess::Partly { text, note, payout, branch_id } => {
                    (1, ClaimAssessedResult::Partly, text, note, payout, branch_id)
                }
                Assess::Unclear { text, note, payout, branch_id } => {
                    (2, ClaimAssessedResult::Unclear, text, note, payout, branch_id)
                }
            };
            let report = cx.rows.report.create(|id| Report {
                id,
                claim_id: claim_opened.claim_id,
                text: text.clone(),
                note: note.clone(),
            })?;
            Ok((way, result, payout, branch_id, report))
        })?;
        let event = ClaimAssessed {
            claim_id: claim_opened.claim_id,
            payout: Some(payout),
            note: report.note.clone(),
            branch_id,
            result,
        };
        cx.out.emit("assess", &event);
        Ok(way)
    }
}

/// `assess` fails: publishes `ClaimAssessed.refused`.
fn fail_assess(cx: &mut Context<'_>) {
    let failure = ClaimAssessed {
        claim_id: *cx.correlation,
        payout: None,
        note: "none".to_owned(),
        branch_id: 0,
        result: ClaimAssessedResult::Refused,
    };
    cx.out.emit("assess", &failure);
}
