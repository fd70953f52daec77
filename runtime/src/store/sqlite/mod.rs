//! The store on SQLite: one file, for trying things out and for small services.
//!
//! SQLite has one writer at a time and no row locks. The lanes of one process
//! queue up for it in [`Writer`], fairly and without polling; a second process
//! that opened the file is waited for by SQLite's busy handler.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::column::Column;
use crate::entity::TableDef;
use crate::exact::compare_decimals;

use super::sql::Catalog;
use super::{Equals, Operator, PinnedTopic, Result, Store, StoreError, TableSchema};

mod operator;
mod parked;
mod prepare;
mod rows;
mod session;
mod settings;
mod sql;
mod statements;
mod steps;
mod take_over;
mod writes;

pub use session::SqliteSession;

use rows::{columns_from, failed};
use statements::{DECIMALS, SqliteQuery, TableStatements, bind_cell, page};

/// How often opening a file is tried while another process is opening it.
const OPENING_TRIES: u32 = 50;
/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);
/// How many reading connections serve requests.
const READERS: u32 = 5;
/// How many rows one transaction of a sweep deletes at most.
const SWEEP_ROWS: i64 = 1_000;
/// How long the answer of a request with an idempotency key is kept.
const ANSWERS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The turn to write; held from the begin of a transaction to its end.
type Writer = Arc<Mutex<()>>;

/// A service's database in one SQLite file.
#[derive(Clone)]
pub struct SqliteStore {
    options: SqliteConnectOptions,
    readers: SqlitePool,
    writer: Writer,
    catalog: Arc<Catalog<TableStatements>>,
    /// How many acknowledged messages a shard keeps.
    keep: i64,
}

impl SqliteStore {
    /// The database in the file that `url` names, as `sqlite://path` or as a plain path. Nothing is
    /// opened yet; the file is created when it is missing.
    ///
    /// # Errors
    /// [`StoreError::Incompatible`] when `url` names no file. Needs a tokio runtime.
    pub fn open(url: &str) -> Result<Self> {
        let options = if url.starts_with("sqlite:") {
            SqliteConnectOptions::from_str(url)
                .map_err(|error| StoreError::Incompatible(format!("`{url}` is not an SQLite URL: {error}")))?
        } else {
            SqliteConnectOptions::new().filename(url)
        };
        let file = options.get_filename().to_string_lossy();
        if url.contains(":memory:") || file.is_empty() || file.contains(":memory:") {
            return Err(StoreError::Incompatible(format!(
                "`{url}` does not name a file; a service opens several connections, and they cannot share an \
                 in-memory database"
            )));
        }
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL may lose the last commits when the power fails.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(false)
            .statement_cache_capacity(512)
            .collation(DECIMALS, compare_decimals)
            .disable_statement_logging();
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY_TIMEOUT)
            .connect_lazy_with(options.clone().pragma("query_only", "ON"));
        Ok(Self { options, readers, writer: Writer::default(), catalog: Arc::default(), keep: 0 })
    }

    /// Whether the file is there.
    pub(super) fn exists(&self) -> bool {
        self.options.get_filename().exists()
    }

    /// An error that does not go away by itself, with the file that it is about.
    fn about_the_file(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Incompatible(text) => {
                StoreError::Incompatible(format!("{text}: {}", self.options.get_filename().display()))
            }
            other => other,
        }
    }

    async fn connect(&self) -> Result<SqliteSession> {
        let mut tries = 0;
        let mut connection = loop {
            match self.options.connect().await.map_err(failed) {
                // SQLite does not wait for a process that turns a new file into one with a write-ahead log.
                Err(StoreError::Locked(_)) if tries < OPENING_TRIES => tries += 1,
                connection => break connection.map_err(|error| self.about_the_file(error))?,
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        settings::verify(&mut connection).await.map_err(|error| self.about_the_file(error))?;
        Ok(SqliteSession::new(
            connection,
            Arc::clone(&self.writer),
            Arc::clone(&self.catalog),
            self.options.get_filename().into(),
            self.keep,
        ))
    }

    async fn read(&self, table: &TableDef, query: SqliteQuery<'_>) -> Result<Vec<Column<'static>>> {
        let rows = query.fetch_all(&self.readers).await.map_err(failed)?;
        Ok(columns_from(table.columns, &rows)?.into_iter().map(Column::into_owned).collect())
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SqliteStore").field(&self.options.get_filename()).finish()
    }
}

impl Store for SqliteStore {
    type Session = SqliteSession;

    async fn prepare(&self, saga: &str, service: &str, tables: &[TableSchema]) -> Result<()> {
        settings::has_a_place(self.options.get_filename())?;
        let mut session = self.connect().await?;
        session.start().await?;
        let prepared = prepare::prepare(&mut session, saga, service, tables).await;
        session.finish(prepared).await
    }

    async fn operator(&self) -> Result<Option<Operator>> {
        Ok(Some(Operator::on_sqlite(self.connect().await?)))
    }

    async fn claim_prefix(&self, prefix: &str) -> Result<()> {
        let mut session = self.connect().await?;
        session.start().await?;
        let claimed = prepare::claim_prefix(&mut session, prefix).await;
        session.finish(claimed).await
    }

    async fn pin_topics(&self, topics: &[PinnedTopic]) -> Result<Vec<PinnedTopic>> {
        let mut session = self.connect().await?;
        session.start().await?;
        let pinned = prepare::pin_topics(&mut session, topics).await;
        session.finish(pinned).await
    }

    fn keeping(mut self, messages: u32) -> Self {
        self.keep = messages.into();
        self
    }

    async fn session(&self) -> Result<SqliteSession> {
        self.connect().await
    }

    async fn find(&self, table: &TableDef, key: Column<'_>) -> Result<Vec<Column<'static>>> {
        let statements = self.catalog.of(table, TableStatements::of);
        let query = sqlx::query(AssertSqlSafe(Arc::clone(&statements.find)));
        self.read(table, bind_cell(query, &key, 0)).await
    }

    async fn page(
        &self,
        table: &TableDef,
        equals: &[Equals],
        after: Option<Column<'_>>,
        limit: i64,
    ) -> Result<Vec<Column<'static>>> {
        let statements = self.catalog.of(table, TableStatements::of);
        let text = match (equals, &after) {
            ([], None) => Arc::clone(&statements.first_page),
            ([], Some(_)) => Arc::clone(&statements.next_page),
            _ => page(table, equals, after.is_some()).into(),
        };
        // There are many texts with filters: keeping them would push out those that every batch needs.
        let query = sqlx::query(AssertSqlSafe(text)).persistent(equals.is_empty());
        let values = equals.iter().map(|it| &it.value).chain(&after);
        let query = values.fold(query, |query, value| bind_cell(query, value, 0));
        self.read(table, query.bind(limit)).await
    }

    async fn oldest_open(&self, table: &TableDef) -> Result<Option<Duration>> {
        let statements = self.catalog.of(table, TableStatements::of);
        let Some(query) = &statements.oldest_open else { return Ok(None) };
        let query = sqlx::query_scalar(AssertSqlSafe(Arc::clone(query)));
        let created: Option<i64> = query.fetch_one(&self.readers).await.map_err(failed)?;
        Ok(created
            .map(|created| Duration::from_millis(now_ms().saturating_sub(created).max(0).unsigned_abs())))
    }

    async fn sweep(&self, retention: Duration) -> Result<u64> {
        const REQUESTS: &str = "DELETE FROM saga_request WHERE rowid IN
            (SELECT rowid FROM saga_request WHERE created_at < ? LIMIT ?)";
        const STEPS: &str = "DELETE FROM saga_step WHERE rowid IN
            (SELECT rowid FROM saga_step WHERE closed_at < ? AND due_at IS NULL LIMIT ?)";
        const ONCE: &str = "DELETE FROM saga_once WHERE rowid IN
            (SELECT rowid FROM saga_once WHERE created_at < ? LIMIT ?)";
        const SEEN: &str = "DELETE FROM saga_seen WHERE (topic, partition, source) IN
            (SELECT topic, partition, source FROM saga_seen WHERE seen_at < ? LIMIT ?)";
        let mut session = self.connect().await?;
        let mut swept = 0;
        for (statement, kept) in
            [(REQUESTS, ANSWERS_KEPT), (STEPS, retention), (ONCE, retention), (SEEN, retention)]
        {
            let before = now_ms().saturating_sub(millis(kept));
            loop {
                session.start().await?;
                let query = sqlx::query(statement).bind(before).bind(SWEEP_ROWS);
                let deleted = session.affected(query).await;
                let deleted = session.finish(deleted).await?;
                swept += deleted;
                if deleted < SWEEP_ROWS.unsigned_abs() {
                    break;
                }
            }
        }
        Ok(swept)
    }
}

/// The clock of the database, which is this machine's.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    millis(since)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Which database this is: a random text in a file beside it, which a backup of
/// the database alone does not bring back.
fn identity_beside(file: &Path) -> Result<String> {
    let mut name = file.as_os_str().to_owned();
    name.push(".identity");
    let beside = PathBuf::from(name);
    let failed = |error: std::io::Error| {
        StoreError::Unavailable(format!("cannot read or write {}: {error}", beside.display()))
    };
    match std::fs::read_to_string(&beside) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        read => return read.map_err(failed),
    }
    // Written whole under another name, and linked only if no other process was faster.
    let identity = Uuid::new_v4().to_string();
    let draft = beside.with_extension(&identity);
    let written = std::fs::File::create_new(&draft)
        .and_then(|mut file| file.write_all(identity.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::hard_link(&draft, &beside));
    let _ = std::fs::remove_file(&draft);
    match written {
        Ok(()) => Ok(identity),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            std::fs::read_to_string(&beside).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}
