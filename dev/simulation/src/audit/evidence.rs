//! What a world left behind.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::record::TopicPartition;
use saga_runtime::store::{DeadLetter, DeadState, Parked, Session as _, ShardState, Store as _, Token};
use saga_runtime::{AnySteps, ChangedStep, Column, Decimal, RowError, StoredStep, TableDef};
use saga_step::flow::Compensated;
use serde_json::Value;

use super::numbers::identity;
use crate::broker::{Log, Logged};
use crate::calls::Called;
use crate::client::Request;
use crate::database::{Database, cell};
use crate::faults::{Case, Place};
use crate::gateway::Ledger;
use crate::history::{MessageId, MessagePlace};
use crate::saga::Saga;
use crate::sim::{Effects, Shared};
use crate::twice::At;

/// A service, its parked messages, and its dead letters.
pub(super) type Unapplied = (&'static str, Vec<Parked>, Vec<(DeadLetter, DeadState)>);

/// What a world left behind.
pub struct Evidence {
    /// The topics.
    pub(crate) logs: BTreeMap<TopicPartition, Log>,
    /// What outboxes ever held.
    pub(crate) committed: BTreeSet<MessageId>,
    /// What each service has parked or dead-lettered.
    pub(crate) unapplied: Vec<Unapplied>,
    /// How often each message was dead-lettered.
    pub(crate) deaths: BTreeMap<MessagePlace, u64>,
    /// How often it was redriven after that.
    pub(crate) redrives: BTreeMap<MessagePlace, u64>,
    /// Which instances failed where.
    pub(crate) cases: BTreeMap<(Place, String), Case>,
    /// The services whose databases have lost something.
    pub(crate) restored: BTreeSet<&'static str>,
    /// Bodies that cannot be decoded.
    pub(crate) garbage: BTreeSet<Vec<u8>>,
    /// What was asked and answered.
    pub(crate) requests: Vec<Request>,
    /// The shards that read, by service, with what they applied and what they dropped.
    pub(crate) inputs: Vec<(&'static str, TopicPartition, ShardState, (i64, i64))>,
    /// The rows of each table of each service: at the beginning, and now.
    tables: BTreeMap<(&'static str, &'static str), [Vec<Row>; 2]>,
    /// Every message that can be read.
    messages: Vec<Message>,
    /// The rows of steps, by step and correlation.
    pub(crate) steps: BTreeMap<(String, String), StoredStep>,
    /// The calls that were started.
    pub(crate) called: Called,
    /// What the system has done that was called.
    pub(crate) gateway: Ledger,
    /// By how much steps and their compensations have changed numbers in rows.
    pub(crate) effects: BTreeMap<Effects, Vec<BTreeMap<At, Decimal>>>,
    /// The steps whose handlers have panicked, by instance.
    pub(crate) panicked: BTreeSet<(&'static str, String)>,
    /// Whether an operator has repaired what was broken from the start.
    pub is_repaired: bool,
}

/// A row, by the names of its columns.
pub struct Row(BTreeMap<&'static str, Value>);

impl Row {
    /// What stands in a column.
    pub fn get(&self, column: &str) -> &Value {
        self.0.get(column).unwrap_or(&Value::Null)
    }

    /// The number in a column.
    pub fn number(&self, column: &str) -> i64 {
        self.get(column).as_i64().expect("a number")
    }
}

/// A message that can be read.
pub struct Message {
    /// Its topic.
    pub topic: &'static str,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its body.
    pub body: Value,
    /// Whose message it is; repetitions have the same.
    pub id: String,
    /// The instance it belongs to.
    pub correlation: String,
}

impl Evidence {
    /// Gathers it; nothing runs any more.
    pub(crate) async fn gather(saga: &Saga, sim: &Shared, databases: &[Database]) -> Self {
        Self::of_world(saga, sim, databases).await.with_steps(saga, databases).await
    }

    async fn of_world(saga: &Saga, sim: &Shared, databases: &[Database]) -> Self {
        let (logs, garbage, partitions) = {
            let mut sim = sim.get();
            let logs = std::mem::take(&mut sim.broker.logs);
            (logs, std::mem::take(&mut sim.garbage), sim.broker.partitions)
        };
        let (mut inputs, mut tables) = (Vec::new(), BTreeMap::new());
        for (database, service) in databases.iter().zip(&saga.services) {
            for topic in service.consumes() {
                for partition in 0..partitions {
                    inputs.push(input(database, TopicPartition { topic, partition }).await);
                }
            }
            for table in service.tables() {
                let now = database.inner.page(&table.def, &[], None, 1_000_000).await.unwrap();
                let both = [rows(&table.def, &table.seed), rows(&table.def, &now)];
                tables.insert((service.name(), table.def.name), both);
            }
        }
        let messages = messages(saga, &logs, &garbage);
        let mut sim = sim.get();
        Self {
            logs,
            committed: std::mem::take(&mut sim.history.messages),
            unapplied: databases.iter().map(|of| (of.service, of.inner.parked(), of.inner.dead())).collect(),
            deaths: std::mem::take(&mut sim.history.deaths),
            redrives: std::mem::take(&mut sim.history.redrives),
            cases: std::mem::take(&mut sim.cases),
            restored: std::mem::take(&mut sim.restored),
            garbage,
            requests: std::mem::take(&mut sim.requests),
            inputs,
            tables,
            messages,
            steps: BTreeMap::new(),
            called: std::mem::take(&mut sim.called),
            gateway: std::mem::take(&mut sim.gateway),
            effects: std::mem::take(&mut sim.effects),
            panicked: std::mem::take(&mut sim.panicked),
            is_repaired: sim.is_repaired,
        }
    }

    /// The same with the rows of steps, which are found by the instances that it knows of.
    async fn with_steps(mut self, saga: &Saga, databases: &[Database]) -> Self {
        self.steps = steps(saga, databases, &self.correlations(saga)).await;
        self
    }

    /// The rows of a table.
    pub fn rows(&self, service: &str, table: &str) -> impl Iterator<Item = &Row> {
        self.table(service, table).into_iter().flat_map(|[_, now]| now)
    }

    /// The rows of a table of a new database.
    pub fn first_rows(&self, service: &str, table: &str) -> impl Iterator<Item = &Row> {
        self.table(service, table).into_iter().flat_map(|[first, _]| first)
    }

    fn table(&self, service: &str, table: &str) -> Option<&[Vec<Row>; 2]> {
        self.tables.iter().find(|((of, name), _)| *of == service && *name == table).map(|(_, rows)| rows)
    }

    /// The messages of a topic that can be read, repetitions among them.
    pub fn messages(&self, topic: &str) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |message| message.topic == topic)
    }

    /// Every message that can be read.
    pub(crate) fn all_messages(&self) -> &[Message] {
        &self.messages
    }

    /// Whether a service has parked a message or given it up.
    pub fn is_unhandled(&self, service: &str, message: &Message) -> bool {
        let unapplied = self.unapplied.iter().filter(|(of, ..)| *of == service);
        let places = unapplied.flat_map(|(_, parked, dead)| {
            let left = dead.iter().filter(|(_, state)| *state != DeadState::Redriven);
            parked.iter().map(|row| &row.place).chain(left.map(|(row, _)| &row.place))
        });
        places.into_iter().any(|place| {
            (&*place.topic, place.partition, place.offset)
                == (message.topic, message.partition, message.offset)
        })
    }

    /// Every instance that left a message or a row.
    pub(crate) fn correlations(&self, saga: &Saga) -> BTreeSet<String> {
        let messages = self.messages.iter().map(|message| message.correlation.clone());
        let rows = saga.plan.entities().flat_map(|(_, owned)| {
            let rows = self.rows(owned.service, owned.table);
            rows.filter_map(|row| crate::plan::as_text(row.get(&owned.column))).collect::<Vec<_>>()
        });
        messages.chain(rows).collect()
    }

    /// How far the compensation of a step is, by step and correlation.
    pub(crate) fn compensated(&self, key: &(String, String)) -> Compensated {
        let kept = |row: &StoredStep| serde_json::from_str::<Value>(&row.inputs).expect("what a step keeps");
        let state = self.steps.get(key).and_then(|row| kept(row)["$compensated"].as_u64());
        Compensated::ALL[state.unwrap_or_default() as usize]
    }

    /// Whether the database of the sender of messages has lost something.
    pub(crate) fn was_restored(&self, source: &str) -> bool {
        source.split('/').next().is_some_and(|service| self.restored.contains(service))
    }
}

fn messages(saga: &Saga, logs: &BTreeMap<TopicPartition, Log>, garbage: &BTreeSet<Vec<u8>>) -> Vec<Message> {
    let mut messages = Vec::new();
    for (at, log) in logs.iter().filter(|(at, _)| !at.topic.ends_with(".dlt")) {
        let readable = (0..).zip(log).filter_map(|(offset, message)| Some((offset, message.as_ref()?)));
        for (offset, message) in readable.filter(|(_, message)| !garbage.contains(&message.value)) {
            let body: Value = serde_json::from_slice(&message.value).unwrap();
            messages.push(Message {
                topic: at.topic,
                partition: at.partition,
                offset,
                id: id(at, message, &body),
                correlation: saga.plan.correlation(at.topic, &body).expect("a correlation"),
                body,
            });
        }
    }
    messages
}

/// An external message has no number: a repetition is recognised by its body.
fn id(at: &TopicPartition, message: &Logged, body: &Value) -> String {
    identity(at.topic, at.partition, message).map_or_else(|| body.to_string(), |id| format!("{id:?}"))
}

pub(crate) fn rows(table: &TableDef, columns: &[Column<'_>]) -> Vec<Row> {
    let count = columns.first().map_or(0, Column::len);
    let names = || table.columns.iter().map(|column| column.name);
    let row = |row| Row(names().zip(columns).map(|(name, column)| (name, cell(column, row))).collect());
    (0..count).map(row).collect()
}

async fn input(
    database: &Database,
    place: TopicPartition,
) -> (&'static str, TopicPartition, ShardState, (i64, i64)) {
    let name = format!("in:{}:{}", place.topic, place.partition);
    let mut session = database.inner.session().await.unwrap();
    let state = session.take_over(&[name], Token::random(), &Default::default()).await.unwrap().remove(0);
    let counts = database.inner.counts(state.id).unwrap();
    (database.service, place, state, counts)
}

/// The rows of every step that keeps any.
async fn steps(
    saga: &Saga,
    databases: &[Database],
    correlations: &BTreeSet<String>,
) -> BTreeMap<(String, String), StoredStep> {
    let mut found = BTreeMap::new();
    for (_, service, step) in saga.plan.kept() {
        let database = databases.iter().find(|database| database.service == service).unwrap();
        let mut read = ReadSteps { step, correlations: correlations.clone(), rows: Vec::new() };
        let mut session = database.inner.session().await.unwrap();
        session.begin(&[]).await.unwrap();
        session.load_steps(&mut read).await.unwrap();
        session.rollback().await.unwrap();
        found.extend(read.rows.into_iter().map(|row| ((step.to_owned(), row.correlation.clone()), row)));
    }
    found
}

/// Reads the rows of a step, and writes nothing.
#[derive(Clone)]
struct ReadSteps {
    step: &'static str,
    correlations: BTreeSet<String>,
    rows: Vec<StoredStep>,
}

impl AnySteps for ReadSteps {
    fn step(&self) -> &'static str {
        self.step
    }

    fn wanted(&self) -> Vec<&str> {
        self.correlations.iter().map(String::as_str).collect()
    }

    fn load(&mut self, rows: Vec<StoredStep>) -> Result<(), RowError> {
        self.rows = rows;
        Ok(())
    }

    fn changed(&self) -> Result<Vec<ChangedStep>, RowError> {
        Ok(Vec::new())
    }
}
