//! A generated service with its database in memory: one message or request,
//! one transaction, and what it publishes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::task::{Context as Polled, Poll, Waker};

use saga_runtime::context::Exhausted;
use saga_runtime::protocol::batch::{self, Item};
use saga_runtime::record::{Record, TopicPartition};
use saga_runtime::store::{MemorySession, MemoryStore, Session as _, Store as _, Writes};
use saga_runtime::{
    AnySteps, ChangedStep, Column, Outgoing, Refusal, RequestContext, RowError, Rows as _, Service,
    StoredStep, acts,
};

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
    /// The steps that keep a row.
    fn kept(&self) -> Vec<&'static str>;
    /// Answers a request, the `nth`. Returns the key of the row it created, too.
    fn begin(&mut self, nth: usize) -> Result<(String, Vec<Sent>), String>;
    /// Handles a message.
    fn receive(&mut self, message: &Sent) -> Result<Vec<Sent>, String>;
    /// Answers the request that a step of an instance waits for. `says` is what it decides, if that is up to it.
    fn ask(&mut self, step: &str, correlation: &str, says: bool) -> Result<Vec<Sent>, Refused>;
    /// The same, but nothing of it is stored.
    fn would_answer(&mut self, step: &str, correlation: &str) -> Result<Vec<Sent>, Refused>;
    /// The deadline of a step of an instance passes.
    fn passes(&mut self, step: usize, correlation: &str) -> Result<Vec<Sent>, String>;
    /// The row of a step; none before anything has reached it.
    fn step_row(&mut self, step: &'static str, correlation: &str) -> Option<StoredStep>;
    /// The rows of a table that have `value` in a column, or else in their key, each with its status.
    fn rows(&self, table: &str, column: &str, value: &str) -> Vec<Option<String>>;
}

/// A service and its database.
pub struct Place<S: Service> {
    service: S,
    store: MemoryStore,
    session: MemorySession,
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
    /// A service with an empty database.
    pub fn new(service: S) -> Self {
        let store = MemoryStore::new();
        now(store.prepare(S::SAGA, S::NAME, &S::tables())).expect("a database");
        let session = now(store.session()).expect("a session");
        Self { service, store, session, request: None, asked: Vec::new() }
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
        self.store_rows(&mut rows);
        self
    }

    /// The same, whichever it is.
    pub fn any(self) -> Box<dyn AnyPlace> {
        Box::new(self)
    }

    fn load_rows(&mut self, rows: &mut S::Rows) {
        let mut tables = rows.tables();
        for table in &mut tables {
            now(self.session.load_table(*table)).expect("rows");
        }
        now(self.session.load_ids(&mut tables)).expect("free keys");
    }

    /// The request that `step` waits for.
    fn asking(&self, step: &str, correlation: &str, says: bool) -> S::Request {
        let (_, make) = self.asked.iter().find(|(name, _)| *name == step).expect("the request of the step");
        let keys = |table: &str, column: &str, value: &str| {
            self.found(table, column, value).into_iter().map(|(key, _)| key).collect()
        };
        make(&Waiting { correlation, says, keys: &keys })
    }

    /// Answers a request, and leaves its transaction open.
    fn answer(&mut self, request: &S::Request) -> Result<(S::Rows, Vec<Sent>), Refused> {
        now(self.session.begin(&[])).expect("a transaction");
        let (mut seen, mut rows) = (S::Rows::default(), S::Rows::default());
        S::look(request, &mut seen);
        for table in seen.tables() {
            now(self.session.read_table(table)).expect("rows");
        }
        acts::requests::lock_steps::<S>(request, &seen, &mut rows);
        for steps in rows.steps() {
            now(self.session.load_steps(steps)).expect("step rows");
        }
        acts::requests::lock_rows(&self.service, request, &seen, &mut rows);
        self.load_rows(&mut rows);
        let mut out = Outgoing::default();
        acts::requests::answer(&self.service, request, &seen, &mut rows, &mut out).map_err(Refused::By)?;
        match out.fault() {
            Some(fault) => Err(Refused::Fault(fault.to_string())),
            None => Ok((rows, sent(&out))),
        }
    }

    /// The rows of a table that have `value` in a column, or else in their key: their keys and statuses.
    fn found(&self, table: &str, column: &str, value: &str) -> Vec<(String, Option<String>)> {
        let tables = S::tables();
        let def = tables.into_iter().map(|it| it.def).find(|def| def.name == table).expect("the table");
        let place = |name: &str| def.columns.iter().position(|it| it.name == name);
        let columns = now(self.store.page(&def, &[], None, i64::MAX)).expect("a page");
        let Some(values) = columns.get(place(column).unwrap_or(0)) else { return Vec::new() };
        let status = place("status").map(|at| &columns[at]);
        let found = (0..values.len()).filter(|row| text(values, *row) == value);
        found.map(|row| (text(&columns[0], row), status.map(|status| text(status, row)))).collect()
    }

    fn store_rows(&mut self, rows: &mut S::Rows) {
        for steps in rows.steps() {
            now(self.session.write_steps(steps)).expect("step rows are written");
        }
        for table in rows.tables() {
            now(self.session.write_table(table)).expect("rows are written");
        }
        now(self.session.commit(&Writes::default())).expect("a commit");
    }
}

impl<S: Service> AnyPlace for Place<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn topics(&self) -> &'static [&'static str] {
        S::CONSUMES
    }

    fn kept(&self) -> Vec<&'static str> {
        S::Rows::default().steps().iter().map(|steps| steps.step()).collect()
    }

    fn begin(&mut self, nth: usize) -> Result<(String, Vec<Sent>), String> {
        let request = self.request.ok_or("it takes no request")?(nth);
        now(self.session.begin(&[])).expect("a transaction");
        let mut rows = S::Rows::default();
        self.service.lock_for_request(&request, &mut rows);
        self.load_rows(&mut rows);
        let mut out = Outgoing::default();
        let mut context = RequestContext { rows: &mut rows, out: &mut out };
        let answer = self.service.answer(&request, &mut context).map_err(|refusal| format!("{refusal:?}"))?;
        self.store_rows(&mut rows);
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
        now(self.session.begin(&[])).expect("a transaction");
        let mut rows = S::Rows::default();
        batch::lock_steps(&self.service, &items, &mut rows);
        for steps in rows.steps() {
            now(self.session.load_steps(steps)).expect("step rows");
        }
        self.service.lock_rows(&items[0].input, &mut rows, &mut String::new());
        self.load_rows(&mut rows);
        let mut out = Outgoing::default();
        batch::apply(&self.service, &items, &mut rows, BTreeSet::new(), &mut out, &mut ())
            .map_err(|undecided| format!("{undecided:?}"))?;
        self.store_rows(&mut rows);
        Ok(sent(&out))
    }

    fn ask(&mut self, step: &str, correlation: &str, says: bool) -> Result<Vec<Sent>, Refused> {
        let request = self.asking(step, correlation, says);
        match self.answer(&request) {
            Ok((mut rows, sent)) => {
                self.store_rows(&mut rows);
                Ok(sent)
            }
            Err(refused) => {
                now(self.session.rollback()).expect("an end");
                Err(refused)
            }
        }
    }

    fn would_answer(&mut self, step: &str, correlation: &str) -> Result<Vec<Sent>, Refused> {
        let request = self.asking(step, correlation, true);
        let answered = self.answer(&request).map(|(_, sent)| sent);
        now(self.session.rollback()).expect("an end");
        answered
    }

    fn passes(&mut self, step: usize, correlation: &str) -> Result<Vec<Sent>, String> {
        let instance = correlation.parse().map_err(|_| format!("{correlation} is no instance"))?;
        now(self.session.begin(&[])).expect("a transaction");
        let mut rows = S::Rows::default();
        acts::lock_steps_of::<S>(step, correlation, &mut rows);
        for steps in rows.steps() {
            now(self.session.load_steps(steps)).expect("step rows");
        }
        acts::lock_rows_of(&self.service, step, &instance, correlation, &mut rows);
        self.load_rows(&mut rows);
        let mut out = Outgoing::default();
        acts::deadline(&self.service, step, &instance, &mut rows, &mut out)
            .map_err(|fault| fault.to_string())?;
        self.store_rows(&mut rows);
        Ok(sent(&out))
    }

    fn step_row(&mut self, step: &'static str, correlation: &str) -> Option<StoredStep> {
        let mut read = ReadSteps { step, correlation, row: None };
        now(self.session.begin(&[])).expect("a transaction");
        now(self.session.load_steps(&mut read)).expect("a step row");
        now(self.session.rollback()).expect("an end");
        read.row
    }

    fn rows(&self, table: &str, column: &str, value: &str) -> Vec<Option<String>> {
        self.found(table, column, value).into_iter().map(|(_, status)| status).collect()
    }
}

/// Reads one step row, and writes nothing.
struct ReadSteps<'c> {
    step: &'static str,
    correlation: &'c str,
    row: Option<StoredStep>,
}

impl AnySteps for ReadSteps<'_> {
    fn step(&self) -> &'static str {
        self.step
    }

    fn wanted(&self) -> Vec<&str> {
        vec![self.correlation]
    }

    fn load(&mut self, rows: Vec<StoredStep>) -> Result<(), RowError> {
        self.row = rows.into_iter().next();
        Ok(())
    }

    fn changed(&self) -> Result<Vec<ChangedStep>, RowError> {
        Ok(Vec::new())
    }
}

/// The messages of an input row that have arrived, by their names. What begins with `$` is no message.
pub(crate) fn arrived(row: &StoredStep) -> BTreeSet<String> {
    let inputs: BTreeMap<String, serde_json::Value> = serde_json::from_str(&row.inputs).expect("inputs");
    inputs
        .into_iter()
        .filter(|(name, input)| !name.starts_with('$') && !input.is_null())
        .map(|(name, _)| name)
        .collect()
}

fn sent(out: &Outgoing) -> Vec<Sent> {
    let sent = |(topic, key, body): (_, &[u8], &[u8])| Sent {
        topic,
        key: String::from_utf8_lossy(key).into_owned(),
        body: body.to_vec(),
    };
    out.published().map(sent).collect()
}

fn text(column: &Column<'_>, row: usize) -> String {
    match column {
        Column::Int(values) => values[row].expect("a value").to_string(),
        Column::BigInt(values) => values[row].expect("a value").to_string(),
        Column::Text(values) => values[row].as_ref().expect("a value").to_string(),
        other => panic!("a key or a status in a column of {:?}", other.ty()),
    }
}

/// What a future of the store in memory comes to: it never waits, if it is the only one.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Polled::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("memory waits for nobody"),
    }
}
