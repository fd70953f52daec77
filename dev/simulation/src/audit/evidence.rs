//! What a world left behind.

use std::collections::{BTreeMap, BTreeSet};

use delivery::{DeliveryService, Rows};
use order::OrderService;
use product::ProductService;
use saga_runtime::record::TopicPartition;
use saga_runtime::store::{DeadLetter, DeadState, Parked, Session as _, ShardState, Store as _, Token};
use saga_runtime::{AnySteps, Column, Service, Steps as _};
use serde_json::Value;

use crate::broker::{Log, Logged};
use crate::client::Request;
use crate::database::Database;
use crate::faults::{self, Case, Lasting};
use crate::history::{MessageId, MessagePlace};
use crate::operator::{LATE_PRODUCT, LATE_STOCK};
use crate::sim::Shared;

/// A service, its parked messages, and its dead letters.
pub(super) type Unapplied = (&'static str, Vec<Parked>, Vec<(DeadLetter, DeadState)>);

/// What a world left behind.
pub(crate) struct Evidence {
    /// The topics.
    pub logs: BTreeMap<TopicPartition, Log>,
    /// What outboxes ever held.
    pub committed: BTreeSet<MessageId>,
    /// What each service has parked or dead-lettered.
    pub unapplied: Vec<Unapplied>,
    /// How often each message was dead-lettered.
    pub deaths: BTreeMap<MessagePlace, u64>,
    /// How often it was redriven after that.
    pub redrives: BTreeMap<MessagePlace, u64>,
    /// Which orders failed where.
    pub cases: BTreeMap<(faults::Place, i64), Case>,
    /// The services whose databases have lost something.
    pub restored: BTreeSet<&'static str>,
    /// Bodies that cannot be decoded.
    pub garbage: BTreeSet<Vec<u8>>,
    /// What was asked and answered.
    pub requests: Vec<Request>,
    /// The shards that read, by service, with what they applied and what they dropped.
    pub inputs: Vec<(&'static str, TopicPartition, ShardState, (i64, i64))>,
    /// Stock at the beginning and now, by product.
    pub stock: BTreeMap<i64, (i64, i64)>,
    /// User and status of each order.
    pub orders: BTreeMap<i64, (i64, String)>,
    /// The order of each delivery, and its address.
    pub deliveries: BTreeMap<i64, (i64, String)>,
    /// The state of the delivery step, by order.
    pub steps: BTreeMap<i64, String>,
}

impl Evidence {
    /// Gathers it; nothing runs any more.
    pub(crate) async fn gather(sim: &Shared, databases: &[Database]) -> Self {
        let [orders, products, deliveries] = databases else { panic!("three databases") };
        let order_rows = rows::<OrderService<order_handlers::Handlers>>(orders).await;
        let product_rows = rows::<ProductService<product_handlers::Handlers>>(products).await;
        let delivery_rows = rows::<DeliveryService<delivery_handlers::Handlers>>(deliveries).await;
        let seed = &ProductService::<product_handlers::Handlers>::tables()[0].seed;
        let initial: BTreeMap<i64, i64> =
            (0..seed[0].len()).map(|row| (number(&seed[0], row), number(&seed[2], row))).collect();
        let (logs, partitions) = {
            let mut sim = sim.get();
            (std::mem::take(&mut sim.broker.logs), sim.broker.partitions)
        };
        let mut inputs = Vec::new();
        for (database, topics) in [
            (orders, OrderService::<order_handlers::Handlers>::CONSUMES),
            (products, ProductService::<product_handlers::Handlers>::CONSUMES),
            (deliveries, DeliveryService::<delivery_handlers::Handlers>::CONSUMES),
        ] {
            for topic in topics {
                for partition in 0..partitions {
                    inputs.push(input(database, TopicPartition { topic, partition }).await);
                }
            }
        }
        let garbage = std::mem::take(&mut sim.get().garbage);
        let readable = logs.values().flatten().flatten().filter(|message| !garbage.contains(&message.value));
        let steps = steps(deliveries, readable).await;
        let mut sim = sim.get();
        let unapplied = databases.iter().map(|of| (of.service, of.inner.parked(), of.inner.dead())).collect();
        let late = sim.late_product.then_some((i64::from(LATE_PRODUCT), i64::from(LATE_STOCK)));
        let initial: BTreeMap<i64, i64> = initial.into_iter().chain(late).collect();
        Self {
            logs,
            committed: std::mem::take(&mut sim.history.messages),
            unapplied,
            deaths: std::mem::take(&mut sim.history.deaths),
            redrives: std::mem::take(&mut sim.history.redrives),
            cases: std::mem::take(&mut sim.cases),
            restored: std::mem::take(&mut sim.restored),
            garbage,
            requests: std::mem::take(&mut sim.requests),
            inputs,
            stock: product_rows
                .iter()
                .map(|row| (row[0].0, (initial.get(&row[0].0).copied().unwrap_or(0), row[2].0)))
                .collect(),
            orders: order_rows.iter().map(|row| (row[0].0, (row[1].0, row[5].1.clone()))).collect(),
            deliveries: delivery_rows.iter().map(|row| (row[0].0, (row[1].0, row[2].1.clone()))).collect(),
            steps,
        }
    }

    /// The messages of a topic that can be read, with their partitions and offsets.
    pub(crate) fn messages(&self, topic: &str) -> impl Iterator<Item = (i32, i64, &Logged)> {
        let logs = self.logs.iter().filter(move |(place, _)| place.topic == topic);
        let messages = logs.flat_map(|(place, log)| {
            let messages = (0..).zip(log).filter_map(|(offset, message)| Some((offset, message.as_ref()?)));
            messages.map(move |(offset, message)| (place.partition, offset, message))
        });
        messages.filter(|(.., message)| !self.garbage.contains(&message.value))
    }

    /// How an order fails at a place, if it was seen there.
    pub(crate) fn case(&self, place: faults::Place, order: i64) -> Option<&Case> {
        self.cases.get(&(place, order))
    }

    /// Whether the database of the sender of messages has lost something.
    pub(crate) fn was_restored(&self, source: &str) -> bool {
        source.split('/').next().is_some_and(|service| self.restored.contains(service))
    }

    /// Whether the database of a service never takes an order.
    pub(crate) fn is_broken(&self, service: &'static str, order: i64) -> bool {
        self.case(faults::Place::Database(service), order).is_some_and(|case| case.lasts == Lasting::Always)
    }
}

/// A cell as a number and as text; one of them is what it is.
type Cell = (i64, String);

/// The rows of a service's table.
async fn rows<S: Service>(database: &Database) -> Vec<Vec<Cell>> {
    let def = S::tables().remove(0).def;
    let columns = database.inner.page(&def, &[], None, 1_000_000).await.unwrap();
    let count = columns.first().map_or(0, Column::len);
    (0..count).map(|row| columns.iter().map(|column| cell(column, row)).collect()).collect()
}

fn cell(column: &Column<'_>, row: usize) -> Cell {
    match column {
        Column::Text(values) => (0, values[row].clone().unwrap_or_default().into_owned()),
        other => (number(other, row), String::new()),
    }
}

fn number(column: &Column<'_>, row: usize) -> i64 {
    match column {
        Column::Int(values) => values[row].unwrap_or_default().into(),
        Column::BigInt(values) => values[row].unwrap_or_default(),
        other => panic!("{other:?} holds no numbers"),
    }
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

/// The step rows of all orders that delivery has heard of.
async fn steps(database: &Database, messages: impl Iterator<Item = &Logged>) -> BTreeMap<i64, String> {
    let mut rows = Rows::default();
    let mut orders = Vec::new();
    for message in messages {
        let order = serde_json::from_slice::<Value>(&message.value).unwrap()["orderId"].as_i64().unwrap();
        rows.create_delivery.lock(&order.to_string());
        orders.push(order);
    }
    let mut session = database.inner.session().await.unwrap();
    session.begin(&[]).await.unwrap();
    let steps: &mut dyn AnySteps = &mut rows.create_delivery;
    session.load_steps(steps).await.unwrap();
    session.rollback().await.unwrap();
    let mut mode = |order: i64| rows.create_delivery.memory(&order.to_string()).mode().to_string();
    orders.into_iter().map(|order| (order, mode(order))).collect()
}
