//! Topics and databases of a measurement: new each time.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use testbed::failure::{Failure, Result};

/// The partitions of each topic.
pub(crate) const PARTITIONS: i32 = 3;
/// The topics of the saga.
const TOPICS: [&str; 9] = [
    "order-created",
    "product-decreased",
    "delivery-created",
    "increase-product-command",
    "delivery-created.order.dlt",
    "order-created.product.dlt",
    "increase-product-command.product.dlt",
    "order-created.delivery.dlt",
    "product-decreased.delivery.dlt",
];
/// The services.
pub(crate) const SERVICES: [&str; 3] = ["order", "product", "delivery"];
const PATIENCE: Duration = Duration::from_secs(30);

/// An error of a client, as one of ours.
pub(crate) fn failed(what: &str, error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("{what}: {error}"))
}

fn config(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    config
}

/// Deletes the topics, and makes them anew.
pub(crate) async fn recreate_topics(brokers: &str) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> =
        config(brokers).create().map_err(|error| failed("a client of Kafka", error))?;
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    let _ = admin.delete_topics(&TOPICS, &options).await;
    let deadline = Instant::now() + PATIENCE;
    for topic in TOPICS {
        loop {
            let new = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1));
            let made = admin.create_topics([&new], &options).await;
            match made.map_err(|error| failed("create topics", error))?.first() {
                Some(Ok(_)) => break,
                // It is still being deleted.
                _ if Instant::now() < deadline => tokio::time::sleep(Duration::from_millis(50)).await,
                other => return Err(Failure::new(format!("{topic} cannot be created: {other:?}"))),
            }
        }
    }
    Ok(())
}

/// How many messages topics have, all partitions together.
pub(crate) struct Depth(BaseConsumer);

impl Depth {
    pub(crate) fn at(brokers: &str) -> Result<Self> {
        config(brokers).create().map(Self).map_err(|error| failed("a client of Kafka", error))
    }

    pub(crate) fn of(&self, topic: &str) -> Result<i64> {
        let of = |partition| self.0.fetch_watermarks(topic, partition, PATIENCE).map(|(_, high)| high);
        (0..PARTITIONS).map(of).sum::<std::result::Result<i64, _>>().map_err(|error| failed(topic, error))
    }
}

/// Puts `count` messages on a topic, numbered like those of a service; `body` gives the text of the n-th.
pub(crate) fn fill(brokers: &str, topic: &str, count: i64, body: impl Fn(i64) -> String) -> Result<()> {
    let producer: ThreadedProducer<DefaultProducerContext> = config(brokers)
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("linger.ms", "5")
        .set("queue.buffering.max.messages", "1000000")
        .create()
        .map_err(|error| failed("a producer", error))?;
    let mut numbers = [0_i64; PARTITIONS as usize];
    for id in 1..=count {
        let partition = (id % i64::from(PARTITIONS)) as i32;
        numbers[partition as usize] += 1;
        let number = format!("1|bench/0|1|{topic}|{partition}|{}", numbers[partition as usize]);
        let headers = OwnedHeaders::new()
            .insert(Header { key: "ce_specversion", value: Some("1.0") })
            .insert(Header { key: "ce_id", value: Some(&format!("bench/0/1/{id}")) })
            .insert(Header { key: "saga-seq", value: Some(&number) });
        let (key, body) = (id.to_string(), body(id));
        let record = BaseRecord::to(topic).partition(partition).key(&key).payload(&body).headers(headers);
        producer.send(record).map_err(|(error, _)| failed("fill a topic", error))?;
    }
    producer.flush(PATIENCE).map_err(|error| failed("fill a topic", error))
}

/// Drops the databases, and makes them anew.
pub(crate) async fn recreate_databases(admin: &str) -> Result<()> {
    let mut connection = connect(admin).await?;
    for service in SERVICES {
        execute(&mut connection, &format!("DROP DATABASE IF EXISTS bench_{service} WITH (FORCE)")).await?;
        execute(&mut connection, &format!("CREATE DATABASE bench_{service}")).await?;
    }
    execute(&mut connection, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await
}

/// The address of the database of `service`.
pub(crate) fn database(admin: &str, service: &str) -> String {
    let (server, options) = admin.split_once('?').map_or((admin, ""), |(server, options)| (server, options));
    let server = server.rsplit_once('/').map_or(server, |(server, _)| server);
    if options.is_empty() {
        format!("{server}/bench_{service}")
    } else {
        format!("{server}/bench_{service}?{options}")
    }
}

/// A connection to a database.
pub(crate) async fn connect(url: &str) -> Result<PgConnection> {
    PgConnection::connect(url).await.map_err(|error| failed("connect to PostgreSQL", error))
}

/// Runs a statement.
pub(crate) async fn execute(connection: &mut PgConnection, statement: &str) -> Result<()> {
    let done = connection.execute(AssertSqlSafe(statement.to_owned())).await;
    done.map(drop).map_err(|error| failed(statement, error))
}

/// The number that a query returns.
pub(crate) async fn number(connection: &mut PgConnection, query: &str) -> Result<i64> {
    let found = sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(connection).await;
    found.map_err(|error| failed(query, error))
}
