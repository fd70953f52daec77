//! The store on PostgreSQL.
//!
//! One statement a table and a batch, whatever the number of rows: values travel
//! as arrays, one a column. A lane has one connection for as long as it owns its
//! shards, so the database must be reached without a transaction-mode pooler.

use std::future::Future;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _};

use crate::column::Column;
use crate::entity::TableDef;

use super::sql::Catalog;
use super::{Equals, Operator, PinnedTopic, Result, Store, StoreError, TableSchema};

mod address;
mod claims;
mod locks;
mod operator;
mod parked;
mod plan;
mod prepare;
mod protocol;
mod rights;
mod rows;
mod session;
mod settings;
mod sql;
mod statements;
mod steps;
mod take_over;
mod tls;
mod writes;

pub use plan::DatabasePlan;
pub use session::PostgresSession;
pub use tls::problems as postgres_tls_problems;

use address::{Address, is_stale_statement};
use rows::{columns_from, connect_failed, failed};
use settings::{Backend, Setting};
use statements::{PostgresQuery, TableStatements, bind_cell, page};

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer is waited for. The server gives up earlier
/// (`statement_timeout`), so only a lost connection lasts this long: without an
/// end of our own the kernel would go on sending for a quarter of an hour.
const PATIENCE: Duration = Duration::from_secs(35);
/// How many reading connections serve requests.
const READERS: u32 = 5;
/// How many rows one transaction of a sweep deletes at most.
const SWEEP_ROWS: i64 = 1_000;

/// A service's database on a PostgreSQL server.
#[derive(Clone)]
pub struct PostgresStore {
    address: Address,
    readers: PgPool,
    catalog: Arc<Catalog<TableStatements>>,
    /// How many acknowledged messages a shard keeps.
    keep: i64,
}

impl PostgresStore {
    /// The database that `url` names, as `postgres://user:password@host:port/database`. Nothing is
    /// connected yet. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`StoreError::Incompatible`] when `url` is not valid, or asks for TLS that cannot be had; the message
    /// does not repeat it.
    pub fn open(url: &str) -> Result<Self> {
        let options = options(url)?;
        let readers = PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(CONNECT_TIMEOUT)
            .after_connect(|connection, _| {
                Box::pin(async { settings::apply(connection, &[settings::READS]).await.map(drop) })
            })
            .connect_lazy_with(options.clone());
        Ok(Self { address: Address::new(options), readers, catalog: Arc::default(), keep: 0 })
    }

    /// The same database, whose URL is read again by `url` when the server refuses the user or the password.
    #[must_use]
    pub fn reading_again(mut self, url: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        let source = move || options(&url()?).ok();
        self.address = self.address.read_again_by(source);
        self
    }

    async fn connect(&self) -> Result<PostgresSession> {
        self.connect_to_backend().await.map(|(session, _)| session)
    }

    /// Opens a connection that keeps what [`settings`] asks of it.
    async fn connect_to_backend(&self) -> Result<(PostgresSession, Backend)> {
        const MORE: &[&[Setting]] = &[settings::WRITES, settings::PLANS];
        let mut connection = self.address.connect().await.map_err(connect_failed)?;
        let applied = bounded(CONNECT_TIMEOUT, settings::apply(&mut connection, MORE)).await;
        let backend = applied.map_err(connect_failed)?;
        settings::verify(&mut connection, backend, MORE).await?;
        Ok((PostgresSession::new(connection, Arc::clone(&self.catalog), self.keep), backend))
    }

    /// Two connections that keep apart, unless a pooler makes them share one.
    async fn connect_apart(&self) -> Result<PostgresSession> {
        let (session, one) = self.connect_to_backend().await?;
        let (_, other) = self.connect_to_backend().await?;
        settings::are_apart(one, other)?;
        Ok(session)
    }

    /// Reads on any connection: on another one, if what it had prepared is stale.
    async fn read<'q>(
        &self,
        table: &TableDef,
        query: impl Fn() -> PostgresQuery<'q>,
    ) -> Result<Vec<Column<'static>>> {
        let mut tries = READERS + 1;
        loop {
            tries -= 1;
            let error = match self.read_once(query()).await {
                Ok(rows) => {
                    return Ok(columns_from(table.columns, &rows)?
                        .into_iter()
                        .map(Column::into_owned)
                        .collect());
                }
                Err(error) => error,
            };
            if tries == 0 || !(is_stale_statement(&error) || self.address.refresh(&self.readers, &error)) {
                return Err(failed(error));
            }
        }
    }

    async fn read_once(&self, query: PostgresQuery<'_>) -> sqlx::Result<Vec<PgRow>> {
        let mut connection = bounded(CONNECT_TIMEOUT, self.readers.acquire()).await?;
        let rows = bounded(PATIENCE, query.fetch_all(&mut *connection)).await;
        if rows.as_ref().is_err_and(is_stale_statement) {
            // It would fail in the same way each time.
            connection.close_on_drop();
        }
        rows
    }
}

/// The options that `url` and the environment ask for.
fn options(url: &str) -> Result<PgConnectOptions> {
    let environment = |name: &str| std::env::var(name).ok();
    let problems = tls::problems(url, &environment);
    if !problems.is_empty() {
        return Err(StoreError::Incompatible(problems.join("\n")));
    }
    let options = PgConnectOptions::from_str(url).map_err(|error| {
        // The URL holds a password, and some errors quote what they could not read.
        let reason = match &error {
            sqlx::Error::Configuration(cause) if !quotes(&cause.to_string(), url) => cause.to_string(),
            _ => "it cannot be read".to_owned(),
        };
        StoreError::Incompatible(format!("the database URL is not a PostgreSQL URL: {reason}"))
    })?;
    let mode = tls::mode(options.get_ssl_mode(), url, &environment);
    let options = options.ssl_mode(mode);
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("saga"),
    };
    // Without it no parameter is left that a pooler would have to know.
    Ok(options.extra_float_digits(None).disable_statement_logging())
}

/// Whether `message` repeats a part of `url` that may be the password.
fn quotes(message: &str, url: &str) -> bool {
    let secret = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(user, _)| user);
    let password = secret.and_then(|user| user.split_once(':')).map(|(_, password)| password);
    password.is_some_and(|password| !password.is_empty() && message.contains(password))
}

/// Waits for the server, within a bound.
async fn bounded<T>(patience: Duration, work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let silence = |_| {
        let reason = format!("no answer within {} s", patience.as_secs());
        sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, reason))
    };
    tokio::time::timeout(patience, work).await.map_err(silence)?
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the options: they hold the password.
        f.debug_struct("PostgresStore")
            .field("host", &self.address.options().get_host())
            .field("database", &self.address.options().get_database())
            .finish_non_exhaustive()
    }
}

impl Store for PostgresStore {
    type Session = PostgresSession;

    async fn prepare(&self, saga: &str, service: &str, tables: &[TableSchema]) -> Result<()> {
        let mut session = self.connect_apart().await?;
        let place = session.start_in_place().await?;
        let prepared = prepare::prepare(&mut session, &place, (saga, service), tables).await;
        session.finish(prepared).await
    }

    async fn operator(&self) -> Result<Option<Operator>> {
        Ok(Some(Operator::on_postgres(self.connect().await?)))
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

    async fn session(&self) -> Result<PostgresSession> {
        self.connect().await
    }

    async fn find(&self, table: &TableDef, key: Column<'_>) -> Result<Vec<Column<'static>>> {
        let statements = self.catalog.of(table, TableStatements::of);
        let query = || bind_cell(sqlx::query(AssertSqlSafe(Arc::clone(&statements.find))), &key, 0);
        self.read(table, query).await
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
        let query = || {
            // Which index serves a filter depends on its value, so each of these is planned for itself.
            let query = sqlx::query(AssertSqlSafe(Arc::clone(&text))).persistent(equals.is_empty());
            let values = equals.iter().map(|it| &it.value).chain(&after);
            values.fold(query, |query, value| bind_cell(query, value, 0)).bind(limit)
        };
        self.read(table, query).await
    }

    async fn oldest_open(&self, table: &TableDef) -> Result<Option<Duration>> {
        let statements = self.catalog.of(table, TableStatements::of);
        let Some(query) = &statements.oldest_open else { return Ok(None) };
        let query = sqlx::query_scalar(AssertSqlSafe(Arc::clone(query)));
        let seconds: Option<f64> = bounded(PATIENCE, query.fetch_one(&self.readers)).await.map_err(failed)?;
        Ok(seconds.map(|seconds| Duration::from_secs_f64(seconds.max(0.0))))
    }

    async fn sweep(&self, retention: Duration) -> Result<u64> {
        const REQUESTS: &str = "DELETE FROM saga_request WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM saga_request WHERE created_at < now() - greatest($1, 86400) * interval '1 second' LIMIT $2))";
        const STEPS: &str = "DELETE FROM saga_step WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM saga_step WHERE closed_at < now() - $1 * interval '1 second' AND due_at IS NULL LIMIT $2))";
        const ONCE: &str = "DELETE FROM saga_once WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM saga_once WHERE created_at < now() - $1 * interval '1 second' LIMIT $2))";
        const SEEN: &str = "DELETE FROM saga_seen WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM saga_seen WHERE seen_at < now() - $1 * interval '1 second' LIMIT $2))";
        let mut session = self.connect().await?;
        let mut swept = 0;
        for statement in [REQUESTS, STEPS, ONCE, SEEN] {
            loop {
                let query = sqlx::query(statement).bind(retention.as_secs_f64()).bind(SWEEP_ROWS);
                let deleted = session.affected(query).await?;
                swept += deleted;
                if deleted < SWEEP_ROWS.unsigned_abs() {
                    break;
                }
            }
        }
        Ok(swept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_error_about_a_url_keeps_its_password() {
        for url in
            ["postgres://u:s3cret@host:port/db", "postgres://u:s3cret@[/db", "mysql://u:s3cret@host/db"]
        {
            if let Err(error) = PostgresStore::open(url) {
                assert!(!error.to_string().contains("s3cret"), "{error}");
            }
        }
        let store = PostgresStore::open("postgres://u:s3cret@localhost:1/db").expect("a valid URL");
        assert!(!format!("{store:?}").contains("s3cret"));
        let error = store.session().await.err().expect("no server listens there");
        assert!(matches!(&error, StoreError::Unavailable(text) if !text.contains("s3cret")), "{error}");
    }
}
