//! A service's database as its operator sees it: what waits, what was given up,
//! and the few changes an operator can make.
//!
//! The service may run meanwhile. Every change is one transaction a shard: it
//! locks the shard's row, changes what belongs to the shard, and writes an owner
//! that does not exist. So a running owner loses its next comparison, within five
//! seconds at the latest, takes over again, and reads the tables again. It is the
//! only way in which an owner learns of a change.

use std::path::Path;

mod deadlines;
mod gaps;
mod id;
mod messages;
mod positions;
mod restored;
mod served;
mod sql;
mod statements;
mod topics;
mod unsent;

pub use deadlines::{Deadline, When};
pub use gaps::{AcceptedGap, Waiting};
pub use id::{MessageId, NoMessage};
pub use messages::{Filter, Group, Message, Messages, State, Stored};
pub use positions::{Position, Replay};
pub use restored::IncarnationChange;
pub use served::{Left, Served, Serving, Steps};
pub use topics::Undrained;
pub use unsent::Unsent;

pub(in crate::store) use sql::{Found, Statement, Value};
pub(in crate::store) use statements::operators_statements;

use super::compatibility::{belongs_elsewhere, other_environment};
use super::ownership::input_of;
use super::postgres::PostgresSession;
use super::schema::Dialect;
use super::sqlite::SqliteSession;
use super::{PostgresStore, Result, ShardId, SqliteStore, Store as _, StoreError};

/// An operator's connection to the database of one service.
pub struct Operator {
    connection: Connection,
}

enum Connection {
    Postgres(Box<PostgresSession>),
    Sqlite(Box<SqliteSession>),
}

/// A row of `saga_shard` that reads a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Input {
    shard: ShardId,
    topic: String,
    partition: i32,
}

impl Operator {
    /// Opens the PostgreSQL database of `service`.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be reached, or is not the database of that service.
    pub async fn postgres(url: &str, saga: &str, service: &str) -> Result<Self> {
        let session = PostgresStore::open(url)?.session().await?;
        Self { connection: Connection::Postgres(Box::new(session)) }.checked(saga, service).await
    }

    /// Opens the SQLite file of `service`.
    ///
    /// # Errors
    /// [`StoreError`] when there is none, or it is not the database of that service.
    pub async fn sqlite(file: &Path, saga: &str, service: &str) -> Result<Self> {
        let path = file.to_string_lossy();
        let store = SqliteStore::open(&path)?;
        // Opening would create it.
        if !store.exists() {
            return Err(StoreError::Incompatible(format!("there is no database at {path}")));
        }
        let session = store.session().await?;
        Self { connection: Connection::Sqlite(Box::new(session)) }.checked(saga, service).await
    }

    /// On a session of a store.
    pub(in crate::store) fn on_postgres(session: PostgresSession) -> Self {
        Self { connection: Connection::Postgres(Box::new(session)) }
    }

    /// On a session of a store.
    pub(in crate::store) fn on_sqlite(session: SqliteSession) -> Self {
        Self { connection: Connection::Sqlite(Box::new(session)) }
    }

    /// Keeps other sessions from creating tables and shards until the transaction ends.
    async fn lock_creation(&mut self) -> Result<()> {
        match &mut self.connection {
            Connection::Postgres(session) => session.lock_creation().await,
            // The transaction has locked the whole file.
            Connection::Sqlite(_) => Ok(()),
        }
    }

    async fn checked(mut self, saga: &str, service: &str) -> Result<Self> {
        let query = "SELECT saga, service, CAST(version AS bigint) FROM saga_meta";
        let found = self.rows(Statement::new(query, [])).await.map_err(|error| match error {
            StoreError::Unavailable(_) => error,
            other => StoreError::Incompatible(format!(
                "the database has no tables of service `{service}` ({other}); the service creates them when it starts"
            )),
        })?;
        let meta = found.first();
        let meta = meta.ok_or_else(|| StoreError::Incompatible("the table saga_meta is empty".into()))?;
        let owner = (&*meta.text(0)?, &*meta.text(1)?);
        belongs_elsewhere(self.dialect(), (saga, service), owner, meta.small(2)?)?;
        Ok(self)
    }

    /// Compares a prefix of topics with the one that the service has used.
    ///
    /// # Errors
    /// [`StoreError::Incompatible`] when it is another one.
    pub async fn check_prefix(&mut self, prefix: &str) -> Result<()> {
        let found = self.rows(Statement::new("SELECT kafka_prefix FROM saga_meta", [])).await?;
        // A service that never started has used none.
        found
            .first()
            .and_then(|row| row.text(0).ok())
            .map_or(Ok(()), |found| other_environment(prefix, &found))
    }

    /// The clock of the database, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn now_ms(&mut self) -> Result<i64> {
        let dialect = self.dialect();
        let query = format!("SELECT {}", dialect.millis(&dialect.now()));
        let rows = self.rows(Statement::new(query, [])).await?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    }

    fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Postgres(_) => Dialect::Postgres,
            Connection::Sqlite(_) => Dialect::Sqlite,
        }
    }

    async fn rows(&mut self, statement: Statement) -> Result<Vec<Found>> {
        match &mut self.connection {
            Connection::Postgres(session) => session.ask(statement).await,
            Connection::Sqlite(session) => session.ask(statement).await,
        }
    }

    /// Runs a statement that returns no rows, and says how many it changed.
    async fn change(&mut self, statement: Statement) -> Result<u64> {
        match &mut self.connection {
            Connection::Postgres(session) => session.tell(statement).await,
            Connection::Sqlite(session) => session.tell(statement).await,
        }
    }

    async fn begin(&mut self) -> Result<()> {
        match &mut self.connection {
            Connection::Postgres(session) => session.start().await,
            Connection::Sqlite(session) => session.start().await,
        }
    }

    /// Begins a transaction on the shard that reads a partition: locks its row,
    /// and leaves it without an owner. Returns its next offset.
    async fn begin_on(&mut self, topic: &str, partition: i32) -> Result<i64> {
        self.begin().await?;
        match self.seize(topic, partition).await {
            Ok(next_offset) => Ok(next_offset),
            Err(error) => self.finish(Err(error)).await,
        }
    }

    async fn seize(&mut self, topic: &str, partition: i32) -> Result<i64> {
        let name = format!("in:{topic}:{partition}");
        let lock = format!("SELECT next_offset FROM saga_shard WHERE name = $1{}", self.dialect().locking());
        let found = self.rows(Statement::new(lock, [Value::Text(name.clone())])).await?;
        let Some(row) = found.first() else {
            return Err(StoreError::Refused(format!("this service has never read {topic}[{partition}]")));
        };
        let next_offset = row.int(0)?;
        self.change(Statement::new(sql::disown("name = $1"), [Value::Text(name)])).await?;
        Ok(next_offset)
    }

    /// Commits what went well, and rolls back what did not.
    async fn finish<T>(&mut self, result: Result<T>) -> Result<T> {
        match &mut self.connection {
            Connection::Postgres(session) => session.finish(result).await,
            Connection::Sqlite(session) => session.finish(result).await,
        }
    }

    /// The shards that read partitions, in the order in which they are locked.
    async fn inputs(&mut self) -> Result<Vec<Input>> {
        const INPUTS: &str = "SELECT CAST(shard AS bigint), name FROM saga_shard ORDER BY shard";
        let mut inputs = Vec::new();
        for row in self.rows(Statement::new(INPUTS, [])).await? {
            let name = row.text(1)?;
            if let Some((topic, partition)) = input_of(&name) {
                inputs.push(Input { shard: ShardId(row.small(0)?), topic: topic.to_owned(), partition });
            }
        }
        Ok(inputs)
    }
}
