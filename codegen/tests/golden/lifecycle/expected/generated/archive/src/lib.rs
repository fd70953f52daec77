// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `archive`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use claim_contracts::archive::Entry;
use claim_contracts::events::ClaimOpened;
use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Refusal, Routes, Service,
    Table, TableSchema, Undecodable,
};

/// The service `archive`.
pub struct ArchiveService;

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

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

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

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::ClaimOpened(event) => claims.claim("write-entry", event.claim_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::ClaimOpened(_) => rows.entry.reserve_new(),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::ClaimOpened(event) => write_entry(event, cx)?,
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

/// `write-entry`: on `ClaimOpened`, creates an `Entry`.
fn write_entry(claim_opened: &ClaimOpened, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
    if !cx.out.first_run("write-entry", claim_opened.claim_id) {
        return Ok(());
    }
    cx.rows.entry
        .create(|id| Entry { id, claim_id: claim_opened.claim_id, amount: claim_opened.amount })
        .map_err(Fault::Rejected)?;
    cx.out.done("write-entry", claim_opened.claim_id);
    Ok(())
}
