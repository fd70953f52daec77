// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `archive`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use insurance_contracts::archive::Folder;
use insurance_contracts::events::PolicyPriced;
use saga_runtime::{
    Answer, AnyTable, Context, Event, Fault, IdempotencyClaims, Outcome, Refusal, Routes,
    Service, Table, TableSchema, Undecodable,
};

/// The service `archive`.
pub struct ArchiveService;

/// The messages the service reads.
pub enum Input {
    /// From topic `policy-priced`.
    PolicyPriced(PolicyPriced),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `folder_tb`.
    pub folder: Table<Folder>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.folder]
    }
}

impl Service for ArchiveService {
    const SAGA: &'static str = "insurance";
    const NAME: &'static str = "archive";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[PolicyPriced::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("file-policy", &[PolicyPriced::TOPIC]),
    ];

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Folder>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            PolicyPriced::TOPIC => saga_runtime::decode(body).map(Input::PolicyPriced),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn lock_steps(&self, input: &Input, _rows: &mut Rows, claims: &mut IdempotencyClaims) {
        match input {
            Input::PolicyPriced(event) => claims.claim("file-policy", event.policy_id),
        }
    }

    fn lock_rows(&self, input: &Input, rows: &mut Rows) {
        match input {
            Input::PolicyPriced(_) => rows.folder.reserve_new(),
        }
    }

    fn apply(&self, input: &Input, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
        match input {
            Input::PolicyPriced(event) => match Outcome::of(event.success) {
                Outcome::Success => file_policy(event, cx)?,
                Outcome::Failure => {}
            },
        }
        Ok(())
    }

    fn answer(&self, request: &Infallible, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

/// `file-policy`: on `PolicyPriced.success`, creates a `Folder`.
fn file_policy(policy_priced: &PolicyPriced, cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
    if !cx.out.first_run("file-policy", policy_priced.policy_id) {
        return Ok(());
    }
    cx.rows.folder
        .create(|id| Folder {
            id,
            policy_id: policy_priced.policy_id,
            quote_id: policy_priced.quote_id(),
            street: policy_priced.street().clone(),
            rate: policy_priced.rate,
            since: policy_priced.since,
        })
        .map_err(Fault::Rejected)?;
    cx.out.done("file-policy", policy_priced.policy_id);
    Ok(())
}
