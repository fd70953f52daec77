// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `archive`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use insurance_contracts::archive::Folder;
use insurance_contracts::events::PolicyPriced;
use insurance_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    Service, Table, TableSchema, Undecodable, Uuid,
};

/// The service `archive`.
pub struct ArchiveService;

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid>;

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
    const AT: usize = service::ARCHIVE;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = Uuid;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

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

    fn message(input: &Input) -> usize {
        match input {
            Input::PolicyPriced(event) => match Outcome::of(event.success) {
                Outcome::Success => message::POLICY_PRICED_SUCCESS,
                Outcome::Failure => message::POLICY_PRICED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::PolicyPriced(event) => &event.policy_id,
        }
    }

    fn lock(&self, step: usize, _at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if step == step::FILE_POLICY {
            rows.folder.reserve_new()
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::FILE_POLICY, Some(Input::PolicyPriced(event))) => file_policy(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

/// `file-policy`: on `PolicyPriced.success`, creates a `Folder`.
fn file_policy(policy_priced: &PolicyPriced, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.folder.create(|id| Folder {
        id,
        policy_id: policy_priced.policy_id,
        quote_id: policy_priced.quote_id(),
        street: policy_priced.street().clone(),
        rate: policy_priced.rate,
        since: policy_priced.since,
    })?;
    cx.out.done("file-policy", cx.key);
    Ok(0)
}
