//! What a world left behind.

use std::collections::BTreeMap;

use delivery::{DeliveryService, Rows};
use order::OrderService;
use product::ProductService;
use runtime::record::TopicPartition;
use runtime::store::{Session as _, ShardState, Store as _, Token};
use runtime::{AnySteps, Column, Service};
use serde_json::Value;

use crate::simulation::broker::Log;
use crate::simulation::client::Request;
use crate::simulation::ledger::MessageId;
use crate::simulation::sim::Shared;
use crate::simulation::store::Database;

/// What a world left behind.
pub struct Evidence {
    /// The topics.
    pub logs: BTreeMap<TopicPartition, Log>,
    /// What outboxes ever held.
    pub committed: std::collections::BTreeSet<MessageId>,
    /// What was asked and answered.
    pub requests: Vec<Request>,
    /// The shards that read, by service, with what they applied and what they dropped.
    pub inputs: Vec<(&'static str, TopicPartition, ShardState, (i64, i64))>,
    /// Stock at the beginning and now, by product.
    pub stock: BTreeMap<i64, (i64, i64)>,
    /// User and status of each order.
    pub orders: BTreeMap<i64, (i64, String)>,
    /// The order of each delivery.
    pub deliveries: BTreeMap<i64, i64>,
    /// The state of the delivery step, by order.
    pub steps: BTreeMap<i64, String>,
}

impl Evidence {
    /// Gathers it; nothing runs any more.
    pub async fn gather(sim: &Shared, databases: &[Database]) -> Self {
        let [orders, products, deliveries] = databases else { panic!("three databases") };
        let order_rows = rows::<OrderService<order_handlers::Handlers>>(orders).await;
        let product_rows = rows::<ProductService<product_handlers::Handlers>>(products).await;
        let delivery_rows = rows::<DeliveryService<delivery_handlers::Handlers>>(deliveries).await;
        let seed = &ProductService::<product_handlers::Handlers>::tables()[0].seed;
        let initial: BTreeMap<i64, i64> =
            (0..seed[0].len()).map(|row| (number(&seed[0], row), number(&seed[2], row))).collect();
        let (logs, committed, requests, partitions) = {
            let mut sim = sim.get();
            let logs = sim.broker.logs.clone();
            let committed = std::mem::take(&mut sim.ledger.messages);
            (logs, committed, std::mem::take(&mut sim.requests), sim.broker.partitions)
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
        let steps = steps(deliveries, &logs).await;
        Self {
            logs,
            committed,
            requests,
            inputs,
            stock: product_rows
                .iter()
                .map(|row| (row[0].0, (initial.get(&row[0].0).copied().unwrap_or(0), row[2].0)))
                .collect(),
            orders: order_rows.iter().map(|row| (row[0].0, (row[1].0, row[5].1.clone()))).collect(),
            deliveries: delivery_rows.iter().map(|row| (row[0].0, row[1].0)).collect(),
            steps,
        }
    }

    /// The messages of a topic with their partitions.
    pub fn messages(&self, topic: &str) -> impl Iterator<Item = (i32, &crate::simulation::broker::Logged)> {
        let logs = self.logs.iter().filter(move |(place, _)| place.topic == topic);
        logs.flat_map(|(place, log)| log.iter().flatten().map(move |message| (place.partition, message)))
    }
}

/// A cell as a number and as text; one of them is what it is.
type Cell = (i64, String);

/// The rows of a service's table.
async fn rows<S: Service>(database: &Database) -> Vec<Vec<Cell>> {
    let def = S::tables().remove(0).def;
    let columns = database.inner.page(&def, None, 1_000_000).await.unwrap();
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
async fn steps(database: &Database, logs: &BTreeMap<TopicPartition, Log>) -> BTreeMap<i64, String> {
    let mut rows = Rows::default();
    let mut orders = Vec::new();
    for message in logs.values().flatten().flatten() {
        let order = serde_json::from_slice::<Value>(&message.value).unwrap()["orderId"].as_i64().unwrap();
        rows.create_delivery.want(order);
        orders.push(order);
    }
    let mut session = database.inner.session().await.unwrap();
    session.begin(&[]).await.unwrap();
    let steps: &mut dyn AnySteps = &mut rows.create_delivery;
    session.load_steps(steps).await.unwrap();
    session.rollback().await.unwrap();
    orders.into_iter().map(|order| (order, rows.create_delivery.row(order).mode.to_string())).collect()
}
