// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `archive`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::archive::Entry;
use claim_contracts::events::ClaimOpened;
use claim_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Refusal, RequestContext, Routes, Service,
    Table, TableSchema, Undecodable,
};

/// The service `archive`.
pub struct ArchiveService;

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
    /// The rows of `entry_tb`.
    pub entry: Table<Entry>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.entry]
    }
}

impl Service for ArchiveService {
    const SAGA: &'static str = "claim";
    const NAME: &'static str = "archive";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[ClaimOpened::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("write-entry", &[ClaimOpened::TOPIC]),
    ];
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
        vec![TableSchema::of::<Entry>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .list::<Entry>("/entries")
            .list::<Entry>("/claims/{claimId}/entries")
            .read::<Entry>("/claims/{claimId}/entries/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            ClaimOpened::TOPIC => saga_runtime::decode(body).map(Input::ClaimOpened),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::ClaimOpened(_) => message::CLAIM_OPENED,
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::ClaimOpened(event) => &event.claim_id,
        }
    }

    fn lock(&self, step: usize, _at: &At<'_, Input, i64>, rows: &mut Rows) {
        if step == step::WRITE_ENTRY {
            rows.entry.reserve_new()
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::WRITE_ENTRY, Some(Input::ClaimOpened(event))) => write_entry(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

/// `write-entry`: on `ClaimOpened`, creates an `Entry`.
fn write_entry(claim_opened: &ClaimOpened, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.entry.create(|id| Entry { id, claim_id: claim_opened.claim_id, amount: claim_opened.amount })?;
    cx.out.done("write-entry", cx.key);
    Ok(0)
}
