//! The databases of the services, accessed directly, without a service.

use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use std::str::FromStr as _;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::time::Duration;
use tokio::runtime::Handle;

use crate::load;
use crate::saga::Saga;
use crate::schedule::Row;
use crate::travel;

/// The rows of a run.
pub(crate) struct Databases {
    /// Each service and its URL.
    urls: Vec<(String, String)>,
    saga: Saga,
    runtime: Handle,
}

/// Why something cannot be looked at now.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

impl Databases {
    /// The databases of these URLs.
    pub(crate) fn new(saga: Saga, urls: Vec<(String, String)>, runtime: Handle) -> Self {
        Self { urls, saga, runtime }
    }

    /// Each service and its URL.
    pub(crate) fn urls(&self) -> &[(String, String)] {
        &self.urls
    }

    /// Fills the shelves.
    ///
    /// # Errors
    /// When a service has not made its tables yet.
    pub(crate) fn stock_up(&self) -> Result<(), Error> {
        let updates = match self.saga {
            Saga::Order => load::stock(),
            Saga::Travel => travel::stock(),
        };
        self.runtime.block_on(async {
            for (service, update) in updates {
                let mut connection = connect(&self.urls[service].1).await?;
                let updated = sqlx::query(AssertSqlSafe(update.clone())).execute(&mut connection).await?;
                if updated.rows_affected() != 1 {
                    return Err(format!("there is no such row: {update}").into());
                }
            }
            Ok(())
        })
    }

    /// Locks a row for a while, in a transaction of its own; returns whether there was one.
    ///
    /// # Errors
    /// When the database cannot be reached. A transaction that breaks has ended the lock.
    pub(crate) fn lock(&self, row: Row, time: Duration) -> Result<bool, Error> {
        self.runtime.block_on(async {
            let mut connection = connect(&self.urls[row.service()].1).await?;
            let mut transaction = connection.begin().await?;
            let locked = sqlx::query(row.lock()).fetch_optional(&mut *transaction).await?;
            if locked.is_some() {
                tokio::time::sleep(time).await;
            }
            Ok(locked.is_some())
        })
    }

    /// How many instances of the saga have each status.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn outcomes(&self) -> Result<Vec<(String, i64)>, Error> {
        self.runtime.block_on(async {
            let mut connection = connect(&self.urls[0].1).await?;
            let rows = sqlx::query(self.saga.outcomes()).fetch_all(&mut connection).await?;
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
        })
    }

    /// The rows that a query finds at a service. All its columns must be text.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn rows(&self, service: usize, query: &'static str) -> Result<Vec<Vec<String>>, Error> {
        self.runtime.block_on(async {
            let mut connection = connect(&self.urls[service].1).await?;
            let rows = sqlx::query(query).fetch_all(&mut connection).await?;
            let texts =
                |row: &PgRow| (0..row.len()).map(|column| row.try_get(column)).collect::<Result<_, _>>();
            Ok(rows.iter().map(texts).collect::<Result<_, sqlx::Error>>()?)
        })
    }

    /// What has not come to rest yet, in words; nothing when all has.
    ///
    /// # Errors
    /// When a database or Kafka cannot be read.
    pub(crate) fn restless(&self, brokers: &str) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        for (service, url) in &self.urls {
            let mut wanted = vec![
                (
                    "outboxes with messages that Kafka has not acknowledged",
                    "SELECT count(*) FROM saga_shard WHERE cursor < last_seq",
                ),
                ("messages held back", "SELECT count(*) FROM saga_held"),
                ("messages parked", "SELECT count(*) FROM saga_parked"),
                ("steps that wait", "SELECT count(*) FROM saga_step WHERE mode = 'waiting'"),
                (
                    "calls and compensations that are due",
                    "SELECT count(*) FROM saga_step WHERE due_at IS NOT NULL",
                ),
            ];
            if service == self.saga.services()[0] {
                wanted.push(("instances that have not ended", self.saga.open()));
            }
            let counts = self.runtime.block_on(async {
                let mut connection = connect(url).await?;
                let mut counts = Vec::new();
                for (what, query) in wanted {
                    counts.push((what, sqlx::query(query).fetch_one(&mut connection).await?.try_get(0)?));
                }
                Ok::<Vec<(&str, i64)>, Error>(counts)
            })?;
            for (what, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
                found.push(format!("{service}: {count} {what}"));
            }
            found.extend(self.lag(service, url, brokers)?);
        }
        Ok(found)
    }

    /// The input partitions whose end a service has not reached.
    fn lag(&self, service: &str, url: &str, brokers: &str) -> Result<Vec<String>, Error> {
        let shards: Vec<(String, i64)> = self.runtime.block_on(async {
            let mut connection = connect(url).await?;
            let query = "SELECT name, next_offset FROM saga_shard WHERE name LIKE 'in:%' ORDER BY name";
            let rows = sqlx::query(query).fetch_all(&mut connection).await?;
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, Error>>()
        })?;
        let consumer: BaseConsumer =
            ClientConfig::new().set("bootstrap.servers", brokers).set("group.id", "chaos.lag").create()?;
        let mut found = Vec::new();
        for (name, next) in shards {
            let mut parts = name.split(':').skip(1);
            let (Some(topic), Some(Ok(partition))) = (parts.next(), parts.next().map(str::parse)) else {
                continue;
            };
            let (_, end) = consumer.fetch_watermarks(topic, partition, Duration::from_secs(5))?;
            if end > next.max(0) {
                found.push(format!(
                    "{service}: {} messages of {topic}/{partition} not handled",
                    end - next.max(0)
                ));
            }
        }
        Ok(found)
    }
}

async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    PgConnectOptions::from_str(url)?.disable_statement_logging().connect().await
}
