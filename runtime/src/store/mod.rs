//! The database of one service: its entities, and the tables of the protocol.
//!
//! [`Store`] is what a service opens once; a [`Session`] is one connection, on
//! which one lane runs its transactions. PostgreSQL and SQLite behave alike
//! behind these two traits, and so does the in-memory store of the simulation.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use crate::column::{Column, ColumnType};
use crate::entity::{ColumnDef, TableDef};
use crate::exact::compare_decimals;
pub use crate::outcome::FailureInfo;
use crate::outcome::Refusal;
pub use crate::protocol::records::{
    CursorMove, DeadLetter, Delayed, Destination, Fence, Held, NewIncarnation, Outbox, OutboxRow, Parked,
    ParkedHead, ParkedQueue, PinnedTopic, Place, Queue, RequestKey, RestoreEvidence, Seen, ShardId,
    ShardMove, ShardState, StoredAnswer, Token, Unpublished, Writes,
};
use crate::record::TopicPartition;
pub use crate::rows::TableSchema;
use crate::rows::{AnySteps, AnyTable};
use crate::sql::Database;
pub use crate::sql::{Done, Statement};

mod compatibility;
mod error;
mod memory;
mod open_rows;
mod operator;
mod outbox;
mod ownership;
mod postgres;
mod schema;
mod sql;
mod sqlite;

pub use error::{Result, StoreError};
pub use memory::{CommitFault, DeadState, MemorySession, MemorySnapshot, MemoryStore};
pub use operator::{
    AcceptedGap, Deadline, Filter, Group, IncarnationChange, Left, Message, MessageId, Messages, NoMessage,
    Operator, Position, Replay, Served, Serving, State, Steps, Stored, Undrained, Unsent, Waiting, When,
};
pub(crate) use ownership::input_of;
pub use postgres::{DatabasePlan, PostgresSession, PostgresStore, postgres_tls_problems};
pub use sqlite::{SqliteSession, SqliteStore};

/// A value that the rows of a page must have.
#[derive(Debug, Clone, PartialEq)]
pub struct Equals {
    /// The column.
    pub column: &'static ColumnDef,
    /// Its one value.
    pub value: Column<'static>,
}

impl Equals {
    /// The value of `column` that `text` spells.
    ///
    /// # Errors
    /// Says what it must be if it is none.
    pub(crate) fn spelt(column: &'static ColumnDef, text: &str) -> std::result::Result<Self, Refusal> {
        let value = column.parse(text);
        let expected = || Refusal::invalid(column.field, format!("must be {}", column.expected()));
        let value = value.ok_or_else(expected)?;
        Ok(Self { column, value })
    }

    /// Whether `found`, a column with one value, has the value.
    pub(crate) fn holds(&self, found: &Column<'_>) -> bool {
        match (self.column.ty, found, &self.value) {
            (ColumnType::Decimal, Column::Text(found), Column::Text(wanted)) => {
                let (found, wanted) =
                    (found.first().and_then(Option::as_ref), wanted.first().and_then(Option::as_ref));
                found.zip(wanted).is_some_and(|(found, wanted)| compare_decimals(found, wanted).is_eq())
            }
            _ => *found == self.value,
        }
    }
}

/// The database of one service.
pub trait Store: Clone + Send + Sync + 'static {
    /// One connection.
    type Session: Session;

    /// Creates the tables and seeds what is missing, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Incompatible`] when the database belongs to another service, or a table does not match
    /// `tables`; the message contains the statements that would fix it.
    fn prepare(
        &self,
        saga: &str,
        service: &str,
        tables: &[TableSchema],
    ) -> impl Future<Output = Result<()>> + Send;

    /// A connection for what is changed past the lanes; none to a database that ends with its process, which
    /// has nothing to be changed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn operator(&self) -> impl Future<Output = Result<Option<Operator>>> + Send {
        async { Ok(None) }
    }

    /// Remembers what the names of topics begin with on the cluster, when a service first uses the database.
    ///
    /// # Errors
    /// [`StoreError::Incompatible`] when it is used with another prefix already: it belongs to another
    /// environment, whose messages it would take for its own.
    fn claim_prefix(&self, prefix: &str) -> impl Future<Output = Result<()>> + Send;

    /// Pins topics that are not pinned yet, and ids that were not known yet. Returns all pinned ones.
    ///
    /// # Errors
    /// [`StoreError`].
    fn pin_topics(&self, topics: &[PinnedTopic]) -> impl Future<Output = Result<Vec<PinnedTopic>>> + Send;

    /// The same database, whose sessions keep the last `messages` acknowledged messages of each shard in
    /// its outbox.
    fn keeping(self, messages: u32) -> Self;

    /// Opens a connection for one lane.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn session(&self) -> impl Future<Output = Result<Self::Session>> + Send;

    /// The row of `table` whose key is the one value of `key`, without a lock.
    ///
    /// # Errors
    /// [`StoreError`].
    fn find(
        &self,
        table: &TableDef,
        key: Column<'_>,
    ) -> impl Future<Output = Result<Vec<Column<'static>>>> + Send;

    /// The first `limit` rows of `table` in key order that have the values of `equals`, and whose key is
    /// greater than the one value of `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn page(
        &self,
        table: &TableDef,
        equals: &[Equals],
        after: Option<Column<'_>>,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<Column<'static>>>> + Send;

    /// For how long the oldest row of `table` has been open; `None` when none is. By the database's clock.
    ///
    /// # Errors
    /// [`StoreError::Incompatible`] when the table does not say when its rows were created.
    fn oldest_open(&self, table: &TableDef) -> impl Future<Output = Result<Option<Duration>>> + Send;

    /// Deletes what is older than the protocol needs it: answers after a day, closed step rows and the
    /// like after `retention`. In small ranges; returns the number of rows.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sweep(&self, retention: Duration) -> impl Future<Output = Result<u64>> + Send;
}

/// A step whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueStep {
    /// The step's name.
    pub step: String,
    /// The saga instance.
    pub correlation: String,
    /// [`saga_step::Mode`] as text.
    pub mode: String,
}

/// One connection of one lane, and at most one open transaction on it.
///
/// A transaction is [`Session::begin`], then what it reads in the order of the methods below, then what it
/// writes, then [`Session::commit`]. The order is the order of locks that all transactions share; one that
/// departs from it can deadlock with any other. `begin` locks the shard rows and compares them with what
/// the owner remembers: without that, an owner that was replaced would write over its successor.
///
/// A take-over lives as long as the session it was made on: after any error but [`StoreError::Fenced`],
/// [`StoreError::Conflict`], [`StoreError::Locked`] and [`StoreError::Refused`], drop both. An implementation has to pass the store
/// suite, `runtime/tests/store_suite`; see `docs/runtime.md`, "Locks" and "Tables".
pub trait Session: Send {
    /// Takes the shards of these names over, creating those that do not exist, in a transaction of its
    /// own. Waits for an open transaction of the previous owner, so what is returned is complete. A local
    /// shard, taken over to publish what its owner left behind, is held for a minute. If `evidence`
    /// points to a restore, the shard begins a new incarnation.
    ///
    /// # Errors
    /// [`StoreError`].
    fn take_over(
        &mut self,
        names: &[String],
        token: Token,
        evidence: &RestoreEvidence,
    ) -> impl Future<Output = Result<Vec<ShardState>>> + Send;

    /// Takes over a local shard whose lease has run out, or creates one, and holds it for `lease`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn take_over_local(
        &mut self,
        token: Token,
        lease: Duration,
        evidence: &RestoreEvidence,
    ) -> impl Future<Output = Result<ShardState>> + Send;

    /// The pinned topics. To be asked after a take-over: who changes them afterwards ends it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn topics(&mut self) -> impl Future<Output = Result<Vec<PinnedTopic>>> + Send;

    /// Steps whose time has come by the database's clock, the longest overdue first, without the steps named
    /// in `except`. Outside of a transaction and without locks: a transaction that acts on one of them locks its row ([`Session::load_steps`]), and
    /// looks again.
    ///
    /// # Errors
    /// [`StoreError`].
    fn due_steps(&mut self, limit: i64, except: &[&str])
    -> impl Future<Output = Result<Vec<DueStep>>> + Send;

    /// Outside of a transaction: how long it is until the next step is due; no time if one is overdue, and
    /// `None` if none waits for its time.
    ///
    /// # Errors
    /// [`StoreError`].
    fn next_due(&mut self) -> impl Future<Output = Result<Option<Duration>>> + Send;

    /// Extends the lease of a local shard.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when it has another owner by now.
    fn renew(
        &mut self,
        shard: ShardId,
        token: Token,
        lease: Duration,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Gives shards up: a later owner need not wait for the lease.
    ///
    /// # Errors
    /// [`StoreError`].
    fn release(&mut self, shards: &[(ShardId, Token)]) -> impl Future<Output = Result<()>> + Send;

    /// The names of local shards whose lease has run out before all their messages were acknowledged.
    ///
    /// # Errors
    /// [`StoreError`].
    fn orphans(&mut self) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// The input shards with messages that are not acknowledged yet, regardless of their owner.
    ///
    /// # Errors
    /// [`StoreError`].
    fn unpublished(&mut self) -> impl Future<Output = Result<Vec<Unpublished>>> + Send;

    /// Begins a transaction, locks the shard rows in order and compares them.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] names the shards that differ; the transaction is rolled back then.
    fn begin(&mut self, fences: &[Fence]) -> impl Future<Output = Result<()>> + Send;

    /// Inside a transaction: the first messages of these queues of parked messages; `None`
    /// where nothing is left.
    ///
    /// # Errors
    /// [`StoreError`].
    fn parked_heads(
        &mut self,
        queues: &[(TopicPartition, Queue)],
    ) -> impl Future<Output = Result<Vec<Option<ParkedHead>>>> + Send;

    /// Claims idempotency keys. For each key claimed before, its stored answer; `None` where it is new.
    ///
    /// # Errors
    /// [`StoreError`].
    fn claim_requests(
        &mut self,
        keys: &[RequestKey],
    ) -> impl Future<Output = Result<Vec<Option<StoredAnswer>>>> + Send;

    /// Claims pairs of step and correlation. Returns those that were not claimed yet.
    ///
    /// # Errors
    /// [`StoreError`].
    fn claim_once(
        &mut self,
        pairs: &BTreeSet<(&'static str, String)>,
    ) -> impl Future<Output = Result<BTreeSet<(&'static str, String)>>> + Send;

    /// Creates the wanted step rows that are missing, locks and loads all of them.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load_steps(&mut self, steps: &mut dyn AnySteps) -> impl Future<Output = Result<()>> + Send;

    /// Locks and loads the wanted rows of one table, those wanted by their key and those that are looked up, in
    /// key order and with one statement.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load_table(&mut self, table: &mut dyn AnyTable) -> impl Future<Output = Result<()>> + Send;

    /// Inside a transaction: loads the rows of one table that are wanted by their key, without locking them.
    /// They only tell what is to be locked: once that is, what they say may have changed.
    ///
    /// # Errors
    /// [`StoreError`].
    fn read_table(&mut self, table: &mut dyn AnyTable) -> impl Future<Output = Result<()>> + Send;

    /// Locks and loads the next free keys of those tables that may create rows.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load_ids(&mut self, tables: &mut [&mut dyn AnyTable]) -> impl Future<Output = Result<()>> + Send;

    /// Outside of a transaction, without waiting: which of these shards another transaction holds locked.
    /// A database without row locks has none.
    ///
    /// # Errors
    /// [`StoreError`].
    fn locked_shards(&mut self, shards: &[ShardId]) -> impl Future<Output = Result<Vec<ShardId>>> + Send {
        let _ = shards;
        std::future::ready(Ok(Vec::new()))
    }

    /// Inside a transaction, without waiting: the saga instances of those wanted step rows that another
    /// transaction holds locked. Locks the others.
    ///
    /// # Errors
    /// [`StoreError`].
    fn locked_steps(&mut self, steps: &dyn AnySteps) -> impl Future<Output = Result<Vec<String>>> + Send {
        let _ = steps;
        std::future::ready(Ok(Vec::new()))
    }

    /// Inside a transaction, without waiting: the keys, as text, of those wanted rows that another
    /// transaction holds locked; `column = value` of those that are looked up. Locks the others.
    ///
    /// # Errors
    /// [`StoreError`].
    fn locked_rows(&mut self, table: &dyn AnyTable) -> impl Future<Output = Result<Vec<String>>> + Send {
        let _ = table;
        std::future::ready(Ok(Vec::new()))
    }

    /// Inside a transaction, without waiting: whether another transaction holds the next key of a table
    /// locked.
    ///
    /// # Errors
    /// [`StoreError`].
    fn locked_id(&mut self, table: &'static str) -> impl Future<Output = Result<bool>> + Send {
        let _ = table;
        std::future::ready(Ok(false))
    }

    /// The transactions that have held locks for longest, for an operator to read; empty when unknown.
    ///
    /// # Errors
    /// [`StoreError`].
    fn lock_holders(&mut self) -> impl Future<Output = Result<String>> + Send {
        std::future::ready(Ok(String::new()))
    }

    /// Inside a transaction: prepares it for the statements of a handler, each of which may take so long.
    ///
    /// # Errors
    /// [`StoreError`].
    fn begin_sql(&mut self, limit: Duration) -> impl Future<Output = Result<Database>> + Send {
        let _ = limit;
        std::future::ready(Ok(Database::Memory))
    }

    /// Inside a transaction: executes a statement of a handler. The inner error is what is wrong with the
    /// statement; the transaction is of no use after it.
    ///
    /// # Errors
    /// [`StoreError`] when it is no fault of the statement.
    fn execute(
        &mut self,
        statement: &Statement,
    ) -> impl Future<Output = Result<std::result::Result<Done, String>>> + Send {
        let _ = statement;
        std::future::ready(Ok(Err("the memory of a simulation executes no SQL".to_owned())))
    }

    /// Writes the step rows that changed.
    ///
    /// # Errors
    /// [`StoreError`].
    fn write_steps(&mut self, steps: &dyn AnySteps) -> impl Future<Output = Result<()>> + Send;

    /// Writes the entity rows that are new or changed, and the keys that were used.
    ///
    /// # Errors
    /// [`StoreError`]; a given key that another transaction has taken meanwhile is a [`StoreError::Conflict`].
    fn write_table(&mut self, table: &dyn AnyTable) -> impl Future<Output = Result<()>> + Send;

    /// Writes `writes` and commits.
    ///
    /// # Errors
    /// [`StoreError::CommitUnknown`] when the commit was sent and not answered.
    fn commit(&mut self, writes: &Writes) -> impl Future<Output = Result<()>> + Send;

    /// Rolls the open transaction back, if any.
    ///
    /// # Errors
    /// [`StoreError`].
    fn rollback(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// The next messages of a shard with a number above `after`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn outbox_page(
        &mut self,
        shard: ShardId,
        after: i64,
        limit: i64,
    ) -> impl Future<Output = Result<Outbox>> + Send;

    /// Moves the cursors and deletes the messages behind them, except for those that are kept
    /// ([`Store::keeping`]), in one transaction of its own.
    /// Returns the shards that have another owner by now; theirs did not move.
    ///
    /// # Errors
    /// [`StoreError`].
    fn move_cursors(&mut self, moves: &[CursorMove]) -> impl Future<Output = Result<Vec<ShardId>>> + Send;
}
