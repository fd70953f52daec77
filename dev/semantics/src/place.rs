//! A generated service with its database in memory: one message, request, deadline or
//! answer, one transaction, and what it publishes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as Polled, Poll, Waker};
use std::time::Duration;

use saga_runtime::acts::{self, requests};
use saga_runtime::context::Exhausted;
use saga_runtime::protocol::batch::{self, Item};
use saga_runtime::record::{Record, TopicPartition};
use saga_runtime::store::{MemorySession, MemorySnapshot, MemoryStore, Session as _, Store as _, Writes};
use saga_runtime::{
    Column, Flow, Outgoing, Refusal, RequestContext, Routes, Rows as _, Service, StoredStep, TableSchema,
};

use super::requests::Wish;
use super::stored::{number, sent, text};

/// Longer than anything waits: what is due at some time is due after it.
const AGES: Duration = Duration::from_secs(10_000 * 24 * 60 * 60);

/// A message that was published.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its topic.
    pub topic: &'static str,
    /// Its key, the correlation as text.
    pub key: String,
    /// Its body, as JSON.
    pub body: Vec<u8>,
}

/// A service, whichever it is.
pub trait AnyPlace {
    /// The service's name.
    fn name(&self) -> &'static str;
    /// The topics that it reads.
    fn topics(&self) -> &'static [&'static str];
    /// The flow that it performs.
    fn flow(&self) -> &'static Flow;
    /// The steps that keep a row.
    fn kept(&self) -> Vec<&'static str>;
    /// Answers a request, the `nth`, as `wish` says if it is not made otherwise. Returns the key of the row it
    /// created, too.
    fn begin(&mut self, nth: usize, wish: Option<&Wish>) -> Result<(String, Vec<Sent>), String>;
    /// Handles a message.
    fn receive(&mut self, message: &Sent) -> Result<Vec<Sent>, String>;
    /// Answers the request that a step of an instance waits for. `says` is what it decides, if that is up to it.
    fn ask(
        &mut self,
        step: &str,
        correlation: &str,
        says: bool,
        wish: Option<&Wish>,
    ) -> Result<Vec<Sent>, Refused>;
    /// The same, but nothing of it is stored.
    fn would_answer(
        &mut self,
        step: &str,
        correlation: &str,
        wish: Option<&Wish>,
    ) -> Result<Vec<Sent>, Refused>;
    /// The deadline of a step of an instance passes.
    fn passes(&mut self, step: usize, correlation: &str) -> Result<Vec<Sent>, String>;
    /// The call of a step of an instance is made, or its SQL executed, and what comes of it is taken.
    fn calls(&mut self, step: usize, correlation: &str) -> Result<Vec<Sent>, String>;
    /// Makes the calls that compensate calls of an instance, if any are due.
    fn undoes(&mut self, correlation: &str) -> Result<(), String>;
    /// The row of a step; none before anything has reached it.
    fn step_row(&self, step: &'static str, correlation: &str) -> Option<StoredStep>;
    /// The steps of an instance that are due at some time.
    fn due(&mut self, correlation: &str) -> BTreeSet<String>;
    /// The rows of a table that have `value` in a column, or else in their key, each with its status.
    fn rows(&self, table: &str, column: &str, value: &str) -> Vec<Option<String>>;
    /// Their keys.
    fn keys(&self, table: &str, column: &str, value: &str) -> Vec<String>;
    /// The numbers in a column, by key.
    fn numbers(&self, table: &str, column: &str) -> BTreeMap<String, i64>;
    /// A copy of everything.
    fn snapshot(&self) -> MemorySnapshot;
    /// Puts a copy back.
    fn restore(&mut self, snapshot: &MemorySnapshot);
}

/// A service and its database.
pub struct Place<S: Service> {
    pub(crate) service: Arc<S>,
    pub(crate) store: MemoryStore,
    session: MemorySession,
    tables: Vec<TableSchema>,
    routes: Routes<S>,
    request: Option<fn(usize) -> S::Request>,
    asked: Vec<(&'static str, MakeRequest<S>)>,
}

/// Why a request has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The service says no.
    By(Refusal),
    /// It cannot be answered.
    Fault(String),
}

/// Makes the request that a step of an instance waits for.
pub type MakeRequest<S> = fn(&Waiting<'_>) -> <S as Service>::Request;

/// What a request that a step waits for is made of.
pub struct Waiting<'a> {
    /// The instance.
    pub correlation: &'a str,
    /// What the request decides, if that is up to it.
    pub says: bool,
    /// The keys of the rows of a table that have a value in a column.
    pub keys: &'a dyn Fn(&str, &str, &str) -> Vec<String>,
}

impl<S: Service> Place<S> {
    /// A service with an empty database. Its requests are made as its file says.
    pub fn new(service: S) -> Self {
        let store = MemoryStore::new();
        let tables = S::tables();
        now(store.prepare(S::SAGA, S::NAME, &tables)).expect("a database");
        let session = now(store.session()).expect("a session");
        let (service, routes) = (Arc::new(service), S::routes(Routes::default()));
        Self { service, store, session, tables, routes, request: None, asked: Vec::new() }
    }

    /// One whose `step` waits for a request that is made like this.
    pub fn waiting(mut self, step: &'static str, request: MakeRequest<S>) -> Self {
        self.asked.push((step, request));
        self
    }

    /// One whose requests are made like this.
    pub fn asked(mut self, request: fn(usize) -> S::Request) -> Self {
        self.request = Some(request);
        self
    }

    /// One whose database holds these rows from the start.
    pub fn with(mut self, fill: impl FnOnce(&mut S::Rows)) -> Self {
        now(self.session.begin(&[])).expect("a transaction");
        let mut rows = S::Rows::default();
        fill(&mut rows);
        self.commit(&mut rows);
        self
    }

    /// The same, whichever it is.
    pub fn any(self) -> Box<dyn AnyPlace> {
        Box::new(self)
    }

    /// The request that `step` waits for.
    fn asking(&self, step: &str, correlation: &str, says: bool, wish: Option<&Wish>) -> S::Request {
        let Some((_, make)) = self.asked.iter().find(|(name, _)| *name == step) else {
            return self.made(wish);
        };
        let keys = |table: &str, column: &str, value: &str| self.keys(table, column, value);
        make(&Waiting { correlation, says, keys: &keys })
    }

    fn made(&self, wish: Option<&Wish>) -> S::Request {
        let Wish { method, path, params, decides } = wish.expect("a request");
        let mut examples = self.routes.examples();
        let example = examples.find(|(of, at, _)| of == method && at == path);
        let (.., example) = example.expect("the route of the request");
        let mut body: serde_json::Value = serde_json::from_str(example).expect("an example");
        if let Some((field, value)) = decides {
            body[field] = value.clone();
        }
        let request = self.routes.request((method, path), params, body.to_string().as_bytes());
        request.expect("an example that can be read").0
    }

    /// Begins a transaction, and loads the rows that `claim` and then `lock` name.
    pub(crate) fn load(
        &mut self,
        claim: impl FnOnce(&S, &mut S::Rows),
        lock: impl FnOnce(&S, &mut S::Rows),
    ) -> S::Rows {
        now(self.session.begin(&[])).expect("a transaction");
        let mut rows = S::Rows::default();
        claim(&self.service, &mut rows);
        for steps in rows.steps() {
            now(self.session.load_steps(steps)).expect("step rows");
        }
        lock(&self.service, &mut rows);
        let mut tables = rows.tables();
        for table in &mut tables {
            now(self.session.load_table(*table)).expect("rows");
        }
        now(self.session.load_ids(&mut tables)).expect("free keys");
        rows
    }

    /// The same for an act of one step.
    pub(crate) fn load_for(
        &mut self,
        step: usize,
        correlation: &str,
    ) -> Result<(S::Rows, S::Correlation), String> {
        let instance = correlation.parse().map_err(|_| format!("{correlation} is no instance"))?;
        let rows = self.load(
            |_, rows| acts::lock_steps_of::<S>(step, correlation, rows),
            |service, rows| acts::lock_rows_of(service, step, &instance, correlation, rows),
        );
        Ok((rows, instance))
    }

    pub(crate) fn commit(&mut self, rows: &mut S::Rows) {
        for steps in rows.steps() {
            now(self.session.write_steps(steps)).expect("step rows are written");
        }
        for table in rows.tables() {
            now(self.session.write_table(table)).expect("rows are written");
        }
        now(self.session.commit(&Writes::default())).expect("a commit");
    }

    pub(crate) fn rollback(&mut self) {
        now(self.session.rollback()).expect("an end");
    }

    /// Answers a request, and leaves its transaction open.
    fn answer(&mut self, request: &S::Request) -> Result<(S::Rows, Vec<Sent>), Refused> {
        now(self.session.begin(&[])).expect("a transaction");
        let mut seen = S::Rows::default();
        S::look(request, &mut seen);
        for table in seen.tables() {
            now(self.session.read_table(table)).expect("rows");
        }
        self.rollback();
        let mut rows = self.load(
            |_, rows| requests::lock_steps::<S>(request, &seen, rows),
            |service, rows| requests::lock_rows(service, request, &seen, rows),
        );
        let mut out = Outgoing::default();
        requests::answer(&*self.service, request, &seen, &mut rows, &mut out).map_err(Refused::By)?;
        match out.fault() {
            Some(fault) => Err(Refused::Fault(fault.to_string())),
            None => Ok((rows, sent(&out))),
        }
    }

    /// All rows of a table, column by column, and the places of columns.
    fn columns(&self, table: &str) -> (Vec<Column<'static>>, impl Fn(&str) -> Option<usize>) {
        let found = self.tables.iter().find(|it| it.def.name == table).expect("the table");
        let def = &found.def;
        let place = move |name: &str| def.columns.iter().position(|it| it.name == name);
        (self.store.rows(def), place)
    }

    /// The rows of a table that have `value` in a column, or else in their key: their keys and statuses.
    fn found(&self, table: &str, column: &str, value: &str) -> Vec<(String, Option<String>)> {
        let (columns, place) = self.columns(table);
        let Some(values) = columns.get(place(column).unwrap_or(0)) else { return Vec::new() };
        let status = place("status").map(|at| &columns[at]);
        let found = (0..values.len()).filter(|row| text(values, *row) == value);
        found.map(|row| (text(&columns[0], row), status.map(|status| text(status, row)))).collect()
    }
}

impl<S: Service> AnyPlace for Place<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn topics(&self) -> &'static [&'static str] {
        S::CONSUMES
    }

    fn flow(&self) -> &'static Flow {
        S::flow()
    }

    fn kept(&self) -> Vec<&'static str> {
        S::Rows::default().steps().iter().map(|steps| steps.step()).collect()
    }

    fn begin(&mut self, nth: usize, wish: Option<&Wish>) -> Result<(String, Vec<Sent>), String> {
        let request = self.request.map_or_else(|| self.made(wish), |make| make(nth));
        let mut rows = self.load(|_, _| (), |service, rows| service.lock_for_request(&request, rows));
        let mut out = Outgoing::default();
        let mut context = RequestContext { rows: &mut rows, out: &mut out };
        let answer = self.service.answer(&request, &mut context).map_err(|refusal| format!("{refusal:?}"))?;
        self.commit(&mut rows);
        Ok((answer.created.ok_or("it created nothing")?.1, sent(&out)))
    }

    fn receive(&mut self, message: &Sent) -> Result<Vec<Sent>, String> {
        let origin = TopicPartition { topic: message.topic, partition: 0 };
        let record =
            Record::new(origin, 0, Some(message.key.as_bytes()), Some(&message.body), std::iter::empty());
        let input = S::decode(message.topic, &message.body).map_err(|error| error.to_string())?;
        let items = [Item {
            input,
            record: Cow::Borrowed(&record),
            shard: 0,
            unsequenced: false,
            exhausted: Exhausted::None,
        }];
        let mut rows = self.load(
            |service, rows| drop(batch::lock_steps(service, &items, rows)),
            |service, rows| service.lock_rows(&items[0].input, rows, &mut String::new()),
        );
        let mut out = Outgoing::default();
        batch::apply(&*self.service, &items, &mut rows, BTreeSet::new(), &mut out, &mut ())
            .map_err(|undecided| format!("{undecided:?}"))?;
        self.commit(&mut rows);
        Ok(sent(&out))
    }

    fn ask(
        &mut self,
        step: &str,
        correlation: &str,
        says: bool,
        wish: Option<&Wish>,
    ) -> Result<Vec<Sent>, Refused> {
        let request = self.asking(step, correlation, says, wish);
        match self.answer(&request) {
            Ok((mut rows, sent)) => {
                self.commit(&mut rows);
                Ok(sent)
            }
            Err(refused) => {
                self.rollback();
                Err(refused)
            }
        }
    }

    fn would_answer(
        &mut self,
        step: &str,
        correlation: &str,
        wish: Option<&Wish>,
    ) -> Result<Vec<Sent>, Refused> {
        let request = self.asking(step, correlation, true, wish);
        let answered = self.answer(&request).map(|(_, sent)| sent);
        self.rollback();
        answered
    }

    fn passes(&mut self, step: usize, correlation: &str) -> Result<Vec<Sent>, String> {
        let (mut rows, instance) = self.load_for(step, correlation)?;
        let mut out = Outgoing::default();
        acts::deadline(&*self.service, step, &instance, &mut rows, &mut out)
            .map_err(|fault| fault.to_string())?;
        self.commit(&mut rows);
        Ok(sent(&out))
    }

    fn calls(&mut self, step: usize, correlation: &str) -> Result<Vec<Sent>, String> {
        self.call(step, correlation)
    }

    fn undoes(&mut self, correlation: &str) -> Result<(), String> {
        self.undo_calls(correlation)
    }

    fn step_row(&self, step: &'static str, correlation: &str) -> Option<StoredStep> {
        self.store.step(step, correlation)
    }

    fn due(&mut self, correlation: &str) -> BTreeSet<String> {
        self.store.advance(AGES);
        let due = now(self.session.due_steps(i64::MAX, &[])).expect("what is due");
        due.into_iter().filter(|due| due.correlation == correlation).map(|due| due.step).collect()
    }

    fn rows(&self, table: &str, column: &str, value: &str) -> Vec<Option<String>> {
        self.found(table, column, value).into_iter().map(|(_, status)| status).collect()
    }

    fn keys(&self, table: &str, column: &str, value: &str) -> Vec<String> {
        self.found(table, column, value).into_iter().map(|(key, _)| key).collect()
    }

    fn numbers(&self, table: &str, column: &str) -> BTreeMap<String, i64> {
        let (columns, place) = self.columns(table);
        let values = &columns[place(column).expect("the column")];
        (0..values.len()).map(|row| (text(&columns[0], row), number(values, row))).collect()
    }

    fn snapshot(&self) -> MemorySnapshot {
        self.store.snapshot()
    }

    fn restore(&mut self, snapshot: &MemorySnapshot) {
        self.store.restore(snapshot);
    }
}

/// What a future of the store in memory comes to: it never waits, if it is the only one.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Polled::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits, and nothing else is there to wake it"),
    }
}
