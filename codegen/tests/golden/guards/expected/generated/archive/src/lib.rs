// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `archive`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use loan_contracts::archive::File;
use loan_contracts::events::DenialFiled;
use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Outcome, Refusal, Routes,
    Service, Table, TableSchema, Undecodable,
};

/// The service `archive`.
pub struct ArchiveService;

/// The messages the service reads.
pub enum Input {
    /// From topic `denial-filed`.
    DenialFiled(DenialFiled),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `file_tb`.
    pub file: Table<File>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.file]
    }
}

impl Service for ArchiveService {
    const SAGA: &'static str = "loan";
    const NAME: &'static str = "archive";
    const PORT: u16 = 8085;
    const CONSUMES: &'static [&'static str] = &[DenialFiled::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("keep-file", &[DenialFiled::TOPIC]),
        ("miss-file", &[DenialFiled::TOPIC]),
    ];

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<File>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            DenialFiled::TOPIC => saga_runtime::decode(body).map(Input::DenialFiled),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::DenialFiled(event) => {
                claims.claim("keep-file", event.loan_id);
                claims.claim("miss-file", event.loan_id);
            }
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::DenialFiled(_) => rows.file.reserve_new(),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::DenialFiled(event) => match Outcome::of(event.success) {
                Outcome::Success => keep_file(event, cx)?,
                Outcome::Failure => miss_file(event, cx)?,
            },
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

/// `keep-file`: on `DenialFiled.success`, creates a `File`.
fn keep_file(denial_filed: &DenialFiled, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
    if !cx.out.first_run("keep-file", denial_filed.loan_id) {
        return Ok(());
    }
    cx.rows.file.create(|id| File { id, loan_id: denial_filed.loan_id }).map_err(Fault::Rejected)?;
    cx.out.done("keep-file", denial_filed.loan_id);
    Ok(())
}

/// `miss-file`: on `DenialFiled.failure`, creates a `File`.
fn miss_file(denial_filed: &DenialFiled, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
    if !cx.out.first_run("miss-file", denial_filed.loan_id) {
        return Ok(());
    }
    cx.rows.file.create(|id| File { id, loan_id: denial_filed.loan_id }).map_err(Fault::Rejected)?;
    cx.out.done("miss-file", denial_filed.loan_id);
    Ok(())
}
