//! What a generated service is to the runtime.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use saga_step::flow::Flow;
use serde::Serialize;

use crate::call::{Call, CallError, Calling, Unanswered};
use crate::context::{At, Context, IdempotencyClaims, Outgoing, RequestContext};
use crate::entity::Entity;
use crate::event::Undecodable;
use crate::outcome::{Fault, Refusal};
use crate::rows::{RowStatus, Rows, Steps, TableSchema};
use crate::sql::{Sql, SqlError};

pub(crate) mod engine;
mod path;
mod places;
pub mod requests;
mod routes;
mod scene;

pub use path::PathParams;
pub(crate) use places::{Places, prefix};
pub use routes::{Method, Routes};
pub(crate) use routes::{Read, ReadKind, Unreadable, Write};
pub use scene::{Called, Failing, Halt};

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
    /// The topics it reads that belong to external producers. Their owners create them; the service waits until
    /// they are there.
    const EXTERNAL: &'static [&'static str] = &[];
    /// Its steps that messages start, each with the topics of these messages.
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[];
    /// How many partitions topics get that have to be created; those that are not among them get as many
    /// as is configured.
    const PARTITIONS: &'static [(&'static str, i32)] = &[];

    /// Its place in the flow of the saga.
    const AT: usize;
    /// Its HTTP interface as OpenAPI, served at `/openapi.json`.
    const OPENAPI: Option<&'static str> = None;

    /// Any message it reads.
    type Input: Send + Sync;
    /// Any request that writes; [`std::convert::Infallible`] when there is none.
    type Request: Send + Sync;
    /// The rows a batch works on.
    type Rows: Rows;
    /// What tells one instance of the saga from another. Its text is the key of messages and step rows,
    /// and is read again when a deadline has passed.
    type Correlation: Display + FromStr + Send + Sync;
    /// Any answer to a call of its steps; [`std::convert::Infallible`] when none of them calls.
    type Answered: Send + Sync;

    /// The flow of the whole saga, as `cargo saga check` proves it.
    fn flow() -> &'static Flow;

    /// The tables of its entities.
    fn tables() -> Vec<TableSchema>;

    /// The HTTP routes.
    fn routes(routes: Routes<Self>) -> Routes<Self>;

    /// Reads a message of `topic`.
    ///
    /// # Errors
    /// [`Undecodable`] says what is wrong with the body.
    fn decode(topic: &str, body: &[u8]) -> Result<Self::Input, Undecodable>;

    /// The place of a message in the flow.
    fn message(input: &Self::Input) -> usize;

    /// The saga instance of a message.
    fn correlation(input: &Self::Input) -> &Self::Correlation;

    /// The rows of `step`, if it keeps any.
    fn memory(rows: &mut Self::Rows, step: usize) -> Option<&mut dyn Steps<Self::Input>> {
        let _ = (rows, step);
        None
    }

    /// Names the entity rows that `step` needs locked. Its own row is loaded by now.
    fn lock(&self, step: usize, at: &At<'_, Self::Input, Self::Correlation>, rows: &mut Self::Rows) {
        let _ = (step, at, rows);
    }

    /// Where a row stands that `step` loads; none if there is no such row.
    fn row(&self, step: usize, used: usize, cx: &mut ContextOf<'_, Self>) -> Option<RowStatus> {
        let _ = (step, used, cx);
        None
    }

    /// Whether a row that `step` moves must be there: the step does more than move rows, and cannot fail.
    /// A step that only moves rows ignores a missing one.
    fn must_act(step: usize) -> bool {
        let _ = step;
        false
    }

    /// Runs `step`, for which everything is there: asks its handler, changes its rows, publishes what a
    /// success does. Returns in which way it succeeded.
    ///
    /// # Errors
    /// [`Halt`]; the rows are as they were then.
    fn decide(&self, step: usize, cx: &mut ContextOf<'_, Self>) -> Result<usize, Halt> {
        let _ = cx;
        Err(Self::unexpected(step))
    }

    /// That `step` cannot do what is asked of it.
    fn unexpected(step: usize) -> Halt {
        Halt::unexpected(Self::name_of(step))
    }

    /// What `step` is called.
    fn name_of(step: usize) -> &'static str {
        &Self::flow().steps()[step].name
    }

    /// What the compensation of `step` is called, if it is a call or SQL.
    fn compensation_of(step: usize) -> &'static str {
        Self::name_of(step)
    }

    /// Publishes the failing variant of `step`.
    fn fail(&self, step: usize, why: &Failing, cx: &mut ContextOf<'_, Self>) {
        let _ = (step, why, cx);
    }

    /// How long after its first message `step` closes by itself, if it does. The time is stored with the
    /// step row, so it passes while no instance of the service runs.
    fn deadline(step: usize) -> Option<Duration> {
        let _ = step;
        None
    }

    /// How often `step` is tried before it fails, and how long each attempt of a call may take. After that
    /// the outcome of a call counts as unknown.
    fn retries(step: usize) -> (u32, Duration) {
        let _ = step;
        (10, Duration::from_secs(10))
    }

    /// How often the step of that name is tried, if there is one.
    fn tries_of(name: &'static str) -> Option<i32> {
        let steps = Self::flow().steps().iter();
        let (step, _) = steps.enumerate().find(|(_, it)| it.service == Self::AT && it.name == name)?;
        i32::try_from(Self::retries(step).0).ok()
    }

    /// Prepares the call of `step` for the saga instance `key`, from what its row keeps. It starts when it is
    /// awaited, after the transaction.
    fn call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Self::Rows,
    ) -> Option<Calling<Result<Self::Answered, CallError>>> {
        let _ = (service, step, call, key, rows);
        None
    }

    /// Prepares the call that compensates the call of `step`, likewise.
    fn undo_call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Self::Rows,
    ) -> Option<Calling<Result<(), Unanswered>>> {
        let _ = (service, step, call, key, rows);
        None
    }

    /// Prepares the SQL of `step` for the saga instance `key`, from what its row keeps. It is awaited in the
    /// transaction that `sql` is a handle to.
    fn sql(
        service: &Arc<Self>,
        step: usize,
        sql: Sql,
        key: &str,
        rows: &mut Self::Rows,
    ) -> Option<Calling<Result<Self::Answered, SqlError>>> {
        let _ = (service, step, sql, key, rows);
        None
    }

    /// Prepares the SQL that compensates the SQL of `step`, likewise.
    fn undo_sql(
        service: &Arc<Self>,
        step: usize,
        sql: Sql,
        key: &str,
        rows: &mut Self::Rows,
    ) -> Option<Calling<Result<(), SqlError>>> {
        let _ = (service, step, sql, key, rows);
        None
    }

    /// Sends a compensating command of `step`, which failed.
    fn command(&self, step: usize, command: usize, cx: &mut ContextOf<'_, Self>) {
        let _ = (step, command, cx);
    }

    /// Compensates `step`, as the saga has failed; unless it calls, see [`Service::undo_call`] and [`Service::undo_sql`].
    ///
    /// # Errors
    /// [`Fault`] when there is nothing to compensate on.
    fn compensate(&self, step: usize, cx: &mut ContextOf<'_, Self>) -> Result<(), Fault> {
        let _ = (step, cx);
        Ok(())
    }

    /// Names the step rows that `input` needs locked, and claims the steps it runs without one.
    fn lock_steps(&self, input: &Self::Input, rows: &mut Self::Rows, claims: &mut IdempotencyClaims) {
        engine::lock_steps::<Self>(input, rows, claims);
    }

    /// Names the entity rows that `input` needs locked. The step rows are loaded by now. `room` holds the key
    /// of the saga instance meanwhile.
    fn lock_rows(&self, input: &Self::Input, rows: &mut Self::Rows, room: &mut String) {
        engine::lock_rows(self, input, rows, room);
    }

    /// Handles `input` on the loaded rows.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be handled through no decision of the business.
    fn apply(&self, input: &Self::Input, rows: &mut Self::Rows, out: &mut Outgoing) -> Result<(), Fault> {
        engine::receive(self, input, rows, out)
    }

    /// Whether `input` asks for a compensation. It is then retried until it succeeds: no other message can
    /// undo what it is to undo.
    fn compensates(&self, input: &Self::Input) -> bool {
        engine::compensates::<Self>(input)
    }

    /// Names the rows that say which saga instance `request` is about, where it does not say so itself. They
    /// are read before anything is locked.
    fn look(request: &Self::Request, rows: &mut Self::Rows) {
        let _ = (request, rows);
    }

    /// The step that waits for `request`, and the saga instance, which the request says or one of `rows`; none
    /// if no step waits for it, or there is no such row.
    fn asked<'r>(request: &'r Self::Request, rows: &'r Self::Rows) -> Option<(usize, &'r Self::Correlation)> {
        let _ = (request, rows);
        None
    }

    /// Names the entity rows that `request` says it needs locked, beside those of the step that waits for it.
    fn lock_for_request(&self, request: &Self::Request, rows: &mut Self::Rows) {
        let _ = (request, rows);
    }

    /// Handles a writing request on the loaded rows; where a step waited for it, that has run, and the row is
    /// left to be shown.
    ///
    /// # Errors
    /// [`Refusal`] when the service says no: nothing is stored or published then.
    fn answer(
        &self,
        request: &Self::Request,
        cx: &mut RequestContext<'_, Self::Rows>,
    ) -> Result<Answer, Refusal>;
}

/// What a step of a service works with.
pub type ContextOf<'a, S> = Context<
    'a,
    <S as Service>::Rows,
    <S as Service>::Input,
    <S as Service>::Correlation,
    <S as Service>::Request,
    <S as Service>::Answered,
>;

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
