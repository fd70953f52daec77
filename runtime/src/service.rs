//! What a generated service is to the runtime.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::context::{Context, IdempotencyClaims};
use crate::entity::Entity;
use crate::event::Undecodable;
use crate::outcome::{Fault, Refusal};
use crate::rows::{Rows, TableSchema};

mod path;
mod places;
mod routes;

pub use path::PathParams;
pub(crate) use places::{Places, prefix};
pub use routes::{Method, Routes};
pub(crate) use routes::{Read, ReadKind, Unreadable, Write};

/// One service of a saga: how its messages are read, which rows they need, and
/// what they do. Generated from `saga.yaml`; the decisions inside are the team's.
pub trait Service: Send + Sync + Sized + 'static {
    /// The saga's name.
    const SAGA: &'static str;
    /// The service's name.
    const NAME: &'static str;
    /// The port it listens on by default.
    const PORT: u16;
    /// The topics it reads.
    const CONSUMES: &'static [&'static str];
    /// The topics it publishes on.
    const PUBLISHES: &'static [&'static str];
    /// Its steps that messages start, each with the topics of these messages.
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[];
    /// How many partitions topics get that have to be created; those that are not among them get as many
    /// as is configured.
    const PARTITIONS: &'static [(&'static str, i32)] = &[];

    /// Any message it reads.
    type Input: Send + Sync;
    /// Any request that writes; [`std::convert::Infallible`] when there is none.
    type Request: Send + Sync;
    /// The rows a batch works on.
    type Rows: Rows;

    /// The tables of its entities.
    fn tables() -> Vec<TableSchema>;

    /// The HTTP routes.
    fn routes(routes: Routes<Self>) -> Routes<Self>;

    /// Reads a message of `topic`.
    ///
    /// # Errors
    /// [`Undecodable`] says what is wrong with the body.
    fn decode(topic: &str, body: &[u8]) -> Result<Self::Input, Undecodable>;

    /// Names the step rows that `input` needs locked, and claims the steps it runs without one.
    fn lock_steps(&self, input: &Self::Input, rows: &mut Self::Rows, claims: &mut IdempotencyClaims) {
        let _ = (input, rows, claims);
    }

    /// Names the entity rows that `input` needs locked. The step rows are loaded by now.
    fn lock_rows(&self, input: &Self::Input, rows: &mut Self::Rows);

    /// Handles `input` on the loaded rows.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be handled through no decision of the business.
    fn apply(&self, input: &Self::Input, cx: &mut Context<'_, Self::Rows>) -> Result<(), Fault>;

    /// Whether `input` asks for a compensation. It is then retried until it succeeds: no other message can
    /// undo what it is to undo.
    fn compensates(&self, input: &Self::Input) -> bool {
        let _ = input;
        false
    }

    /// Names the entity rows that `request` needs locked.
    fn lock_for_request(&self, request: &Self::Request, rows: &mut Self::Rows) {
        let _ = (request, rows);
    }

    /// Handles a writing request on the loaded rows.
    ///
    /// # Errors
    /// [`Refusal`] when the service says no: nothing is stored or published then.
    fn answer(&self, request: &Self::Request, cx: &mut Context<'_, Self::Rows>) -> Result<Answer, Refusal>;
}

/// Every topic a service uses: those it reads, those it publishes on, and those of its dead letters.
/// The names of the last are made up here, and live as long as the process.
pub fn topics<S: Service>() -> Vec<&'static str> {
    let dead = |topic: &&'static str| -> &'static str { dead_letters(topic, S::NAME).leak() };
    let names = S::CONSUMES.iter().chain(S::PUBLISHES).copied();
    let names: BTreeSet<_> = names.chain(S::CONSUMES.iter().map(dead)).collect();
    names.into_iter().collect()
}

/// The topic on which `service` publishes copies of messages of `topic` that it gave up.
pub(crate) fn dead_letters(topic: &str, service: &str) -> String {
    format!("{topic}.{service}.dlt")
}

/// The response of a request that wrote something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The name of the created row's entity, and its key, for the `Location` header.
    pub created: Option<(&'static str, String)>,
    /// The body: JSON, or nothing.
    pub body: String,
}

impl Answer {
    /// The answer to a request that created `entity`.
    ///
    /// # Errors
    /// [`Refusal`] when the entity cannot be written as JSON.
    pub fn created<E: Entity>(entity: &E) -> Result<Self, Refusal> {
        Ok(Self { status: 201, created: Some((E::NAME, entity.key().to_string())), body: json(entity)? })
    }

    /// The answer to a request that changed `entity`, or found it as the request wants it.
    ///
    /// # Errors
    /// [`Refusal`] when the entity cannot be written as JSON.
    pub fn changed<E: Entity>(entity: &E) -> Result<Self, Refusal> {
        Ok(Self { status: 200, created: None, body: json(entity)? })
    }

    /// The answer to a request that was carried out, and has no row to show.
    pub fn done() -> Self {
        Self { status: 204, created: None, body: String::new() }
    }
}

fn json(value: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|error| Refusal::because(error.to_string()))
}
