//! The database of one service: its entities, and the tables of the protocol.
//!
//! [`Store`] is what a service opens once; a [`Session`] is one connection, on
//! which one lane runs its transactions. PostgreSQL and SQLite behave alike
//! behind these two traits, and so does the in-memory store of the simulation.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::future::Future;
use std::ops::Range;
use std::time::Duration;

use uuid::Uuid;

use crate::column::Column;
use crate::entity::{Entity, TableDef};
use crate::rows::{AnySteps, AnyTable, columns_of};

/// The number of a shard: one serial sequence of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(pub i32);

/// The random token that says who owns a shard; compared for equality only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(pub Uuid);

impl Token {
    /// A token nobody else has.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

/// A table with the rows it starts with.
#[derive(Debug)]
pub struct TableSchema {
    /// The table.
    pub def: TableDef,
    /// Its first rows, as columns; empty when there is none.
    pub seed: Vec<Column<'static>>,
}

impl TableSchema {
    /// The table of an entity.
    pub fn of<E: Entity>() -> Self {
        let rows = E::seed();
        let seed = match rows.as_slice() {
            [] => Vec::new(),
            rows => columns_of(&rows.iter().collect::<Vec<_>>()).into_iter().map(Column::into_owned).collect(),
        };
        Self { def: E::TABLE, seed }
    }

    /// The first key that is free once the seed is stored, for allocated keys.
    pub fn first_free_id(&self) -> i64 {
        let rows = self.seed.first().map_or(0, Column::len);
        i64::try_from(rows).unwrap_or(i64::MAX - 1) + 1
    }
}

/// A failed operation on the database. What to do next follows from the kind.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else owns these shards now, or their rows are not as remembered:
    /// nothing was written; take the shards over again.
    #[error("shards {0:?} were taken over by another owner")]
    Fenced(Vec<ShardId>),
    /// The database cannot be reached, or refuses work for now: nothing is known
    /// to be written; open a new session and take over again.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A commit was sent and its answer never came: it may or may not have happened.
    /// Open a new session and take over again; the shard row tells.
    #[error("the outcome of a commit is unknown: {0}")]
    CommitUnknown(String),
    /// The transaction lost against a concurrent one: the same again will work.
    #[error("the transaction lost against another one: {0}")]
    Conflict(String),
    /// The database refuses this data, and always will.
    #[error("the database refuses it: {0}")]
    Refused(String),
    /// The database is not one this service may use, or not as it needs it.
    #[error("{0}")]
    Unsuitable(String),
}

/// The result of an operation on the database.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What an owner remembers of its shard, and a transaction of it compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// The shard.
    pub shard: ShardId,
    /// Its owner.
    pub token: Token,
    /// The next offset to read; 0 for a local shard.
    pub next_offset: i64,
    /// The number of the last message it published.
    pub last_seq: i64,
}

/// A shard as it was found at take-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardState {
    /// Its number.
    pub id: ShardId,
    /// Its name: `in:<topic>:<partition>` or `local:<n>`.
    pub name: String,
    /// The next offset to read; 0 for a local shard. Negative: none was ever read.
    pub next_offset: i64,
    /// The number of the last message it published.
    pub last_seq: i64,
    /// All messages up to this number are acknowledged by Kafka.
    pub cursor: i64,
    /// Which life of the database the numbers belong to.
    pub incarnation: i64,
    /// Whether this take-over began a new incarnation: the database was restored or replaced.
    pub reborn: bool,
    /// The last number sent to each destination in this incarnation.
    pub destinations: Vec<Destination>,
    /// The last number seen from each source; input shards only.
    pub seen: Vec<Seen>,
    /// The messages that wait for an earlier one; input shards only.
    pub held: Vec<Held>,
}

/// How far one shard has numbered its messages to one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The sending shard.
    pub shard: ShardId,
    /// Destination topic.
    pub topic: Cow<'static, str>,
    /// Destination partition.
    pub partition: i32,
    /// The last number given.
    pub last_dseq: i64,
}

/// How far one source has been seen in one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The topic read.
    pub topic: Cow<'static, str>,
    /// The partition read.
    pub partition: i32,
    /// `<service>/<shard>` of the sender.
    pub source: String,
    /// The sender's incarnation.
    pub incarnation: i64,
    /// The last number applied.
    pub last_dseq: i64,
    /// Whether the numbers are known from the first on, so that a jump is a gap.
    pub anchored: bool,
}

/// A message that waits for an earlier one of its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The topic read.
    pub topic: Cow<'static, str>,
    /// The partition read.
    pub partition: i32,
    /// `<service>/<shard>` of the sender.
    pub source: String,
    /// The sender's incarnation.
    pub incarnation: i64,
    /// Its number.
    pub dseq: i64,
    /// Its offset.
    pub offset: i64,
    /// The message, as the runtime wrote it.
    pub record: Vec<u8>,
}

/// Messages to publish, stored in the transaction that caused them. Keys,
/// headers and values are ranges of one buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outbox {
    /// All keys, headers and values.
    pub bytes: Vec<u8>,
    /// The messages, in the order of their numbers within each shard.
    pub rows: Vec<OutboxRow>,
}

/// One message of an [`Outbox`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// The sending shard.
    pub shard: ShardId,
    /// Its number within the shard: gapless from 1.
    pub seq: i64,
    /// Destination topic.
    pub topic: Cow<'static, str>,
    /// Destination partition.
    pub partition: i32,
    /// The shard's incarnation.
    pub incarnation: i64,
    /// Its number within shard, incarnation, topic and partition: gapless from 1.
    pub dseq: i64,
    /// UTF-8: the correlation.
    pub key: Range<usize>,
    /// UTF-8: the headers, as the runtime wrote them.
    pub headers: Range<usize>,
    /// The body.
    pub value: Range<usize>,
}

/// What one transaction leaves in the protocol's tables.
#[derive(Debug, Default)]
pub struct Writes {
    /// How each shard of the transaction moves on.
    pub shards: Vec<ShardMove>,
    /// New numbers of destinations.
    pub destinations: Vec<Destination>,
    /// New numbers of sources.
    pub seen: Vec<Seen>,
    /// Messages that begin to wait.
    pub held: Vec<Held>,
    /// Messages that wait no more; `record` is not looked at.
    pub released: Vec<Held>,
    /// What is published.
    pub outbox: Outbox,
    /// Answers of requests with an idempotency key.
    pub answers: Vec<(RequestKey, StoredAnswer)>,
}

/// How a shard moves on in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardMove {
    /// The shard.
    pub shard: ShardId,
    /// The new next offset; 0 for a local shard.
    pub next_offset: i64,
    /// The new last number.
    pub last_seq: i64,
    /// How many messages were applied.
    pub applied: i64,
    /// How many messages were dropped as duplicates.
    pub dropped: i64,
}

/// Identifies a repeated request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey {
    /// Method and path.
    pub route: String,
    /// The caller's `Idempotency-Key`.
    pub idem_key: String,
}

/// The answer of an earlier request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// A hash of the request's body: the same key with another body is an error.
    pub fingerprint: String,
    /// HTTP status.
    pub status: u16,
    /// `Location`, or empty.
    pub location: String,
    /// The body.
    pub body: String,
}

/// An acknowledged prefix of a shard's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorMove {
    /// The shard.
    pub shard: ShardId,
    /// Its owner.
    pub token: Token,
    /// The old cursor: all rows up to it are deleted already.
    pub from: i64,
    /// The new cursor.
    pub to: i64,
}

/// A topic as it was when the service first saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedTopic {
    /// Name.
    pub topic: String,
    /// Number of partitions.
    pub partitions: i32,
}

/// The database of one service.
pub trait Store: Clone + Send + Sync + 'static {
    /// One connection.
    type Session: Session;

    /// Creates the tables and seeds what is missing, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Unsuitable`] when the database belongs to another service, or a table is not as
    /// `tables` wants it; the message holds the statements that would mend it.
    fn prepare(&self, saga: &str, service: &str, tables: &[TableSchema]) -> impl Future<Output = Result<()>> + Send;

    /// Pins topics that are not pinned yet, and returns all pinned ones.
    ///
    /// # Errors
    /// [`StoreError`].
    fn pin_topics(&self, topics: &[PinnedTopic]) -> impl Future<Output = Result<Vec<PinnedTopic>>> + Send;

    /// Opens a connection for one lane.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn session(&self) -> impl Future<Output = Result<Self::Session>> + Send;

    /// The row of `table` whose key is the one value of `key`, without a lock.
    ///
    /// # Errors
    /// [`StoreError`].
    fn find(&self, table: &TableDef, key: Column<'_>) -> impl Future<Output = Result<Vec<Column<'static>>>> + Send;

    /// The first `limit` rows of `table` in key order whose key is greater than the one value of `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn page(
        &self,
        table: &TableDef,
        after: Option<Column<'_>>,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<Column<'static>>>> + Send;

    /// Deletes what is older than the protocol needs it: answers after a day, closed step rows and the
    /// like after `retention`. In small ranges; returns the number of rows.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sweep(&self, retention: Duration) -> impl Future<Output = Result<u64>> + Send;
}

/// One connection of one lane. After any error but [`StoreError::Fenced`],
/// [`StoreError::Conflict`] and [`StoreError::Refused`] it is to be dropped.
pub trait Session: Send {
    /// Takes the shards of these names over, creating those that do not exist, in a transaction of its
    /// own. Waits for an open transaction of the previous owner, so what is returned is complete.
    ///
    /// # Errors
    /// [`StoreError`].
    fn take_over(&mut self, names: &[String], token: Token) -> impl Future<Output = Result<Vec<ShardState>>> + Send;

    /// Takes over a local shard whose lease has run out, or creates one, and holds it for `lease`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn take_over_local(&mut self, token: Token, lease: Duration) -> impl Future<Output = Result<ShardState>> + Send;

    /// Extends the lease of a local shard.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when it has another owner by now.
    fn renew(&mut self, shard: ShardId, token: Token, lease: Duration) -> impl Future<Output = Result<()>> + Send;

    /// Gives shards up: a later owner need not wait for the lease.
    ///
    /// # Errors
    /// [`StoreError`].
    fn release(&mut self, shards: &[(ShardId, Token)]) -> impl Future<Output = Result<()>> + Send;

    /// Begins a transaction, locks the shard rows in order and compares them.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] names the shards that differ; the transaction is rolled back then.
    fn begin(&mut self, fences: &[Fence]) -> impl Future<Output = Result<()>> + Send;

    /// Claims idempotency keys. For each key claimed before, its stored answer; `None` where it is new.
    ///
    /// # Errors
    /// [`StoreError`].
    fn claim_requests(&mut self, keys: &[RequestKey]) -> impl Future<Output = Result<Vec<Option<StoredAnswer>>>> + Send;

    /// Claims pairs of step and correlation. Returns those that nobody had claimed.
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

    /// Locks and loads the wanted rows of one table, in key order.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load_table(&mut self, table: &mut dyn AnyTable) -> impl Future<Output = Result<()>> + Send;

    /// Locks and loads the next free keys of those tables that may create rows.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load_ids(&mut self, tables: &mut [&mut dyn AnyTable]) -> impl Future<Output = Result<()>> + Send;

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
    fn outbox_page(&mut self, shard: ShardId, after: i64, limit: i64) -> impl Future<Output = Result<Outbox>> + Send;

    /// Moves the cursors and deletes the messages behind them, in one transaction of its own.
    /// Returns the shards that have another owner by now; theirs did not move.
    ///
    /// # Errors
    /// [`StoreError`].
    fn move_cursors(&mut self, moves: &[CursorMove]) -> impl Future<Output = Result<Vec<ShardId>>> + Send;
}
