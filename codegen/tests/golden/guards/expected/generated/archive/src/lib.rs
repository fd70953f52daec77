// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `archive`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use loan_contracts::archive::File;
use loan_contracts::events::DenialFiled;
use loan_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    Service, Table, TableSchema, Undecodable,
};

/// The service `archive`.
pub struct ArchiveService;

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, i64>;

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

    fn message(input: &Input) -> usize {
        match input {
            Input::DenialFiled(event) => match Outcome::of(event.success) {
                Outcome::Success => message::DENIAL_FILED_SUCCESS,
                Outcome::Failure => message::DENIAL_FILED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &i64 {
        match input {
            Input::DenialFiled(event) => &event.loan_id,
        }
    }

    fn lock(&self, step: usize, _at: &At<'_, Input, i64>, rows: &mut Rows) {
        if matches!(step, step::KEEP_FILE | step::MISS_FILE) {
            rows.file.reserve_new()
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::KEEP_FILE, Some(Input::DenialFiled(event))) => keep_file(event, cx),
            (step::MISS_FILE, Some(Input::DenialFiled(event))) => miss_file(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

/// `keep-file`: on `DenialFiled.success`, creates a `File`.
fn keep_file(denial_filed: &DenialFiled, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.file.create(|id| File { id, loan_id: denial_filed.loan_id })?;
    cx.out.done("keep-file", cx.key);
    Ok(0)
}

/// `miss-file`: on `DenialFiled.failure`, creates a `File`.
fn miss_file(denial_filed: &DenialFiled, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.file.create(|id| File { id, loan_id: denial_filed.loan_id })?;
    cx.out.done("miss-file", cx.key);
    Ok(0)
}
