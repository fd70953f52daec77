//! One lane's connection to a SQLite file.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{LockedSqliteHandle, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Executor as _};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use crate::column::Column;
use crate::record::TopicPartition;
use crate::rows::{AnySteps, AnyTable};
use crate::sql::{Database, Done, Statement};
use crate::store::error::nothing_to_commit;
use crate::store::ownership::{FenceRow, LOCAL, differing};
use crate::store::sql::Catalog;
use crate::store::{
    CursorMove, DueStep, Fence, Outbox, ParkedHead, PinnedTopic, Queue, RequestKey, RestoreEvidence, Result,
    Session, ShardId, ShardState, StoreError, StoredAnswer, Token, Unpublished, Writes,
};

use super::rows::{cell, columns_from, commit_failed, failed, insertion_failed, json_of};
use super::statements::{Chunked, STATEMENTS, SqliteQuery, TableStatements, bind_cell};
use super::{Writer, identity_beside, now_ms};

/// What an error of a certain statement means.
type Meaning = fn(sqlx::Error) -> StoreError;

/// One connection to a [`super::SqliteStore`].
pub struct SqliteSession {
    connection: SqliteConnection,
    writer: Writer,
    /// Held while a transaction is open.
    turn: Option<OwnedMutexGuard<()>>,
    /// A statement of the open transaction failed. SQLite would still commit the others.
    failed: bool,
    catalog: Arc<Catalog<TableStatements>>,
    file: PathBuf,
    /// How many acknowledged messages a shard keeps.
    pub(super) keep: i64,
    /// How long a statement of a handler may take.
    pub(super) limit: Duration,
}

impl SqliteSession {
    pub(super) fn new(
        connection: SqliteConnection,
        writer: Writer,
        catalog: Arc<Catalog<TableStatements>>,
        file: PathBuf,
        keep: i64,
    ) -> Self {
        Self { connection, writer, turn: None, failed: false, catalog, file, keep, limit: Duration::ZERO }
    }

    pub(super) fn identity(&self) -> Result<String> {
        identity_beside(&self.file)
    }

    /// Begins a transaction. IMMEDIATE takes the write lock at once: a later
    /// upgrade of a read lock would fail instead of waiting.
    pub(in crate::store) async fn start(&mut self) -> Result<()> {
        self.open("BEGIN IMMEDIATE".to_owned()).await.map(drop)
    }

    async fn open(&mut self, begin: String) -> Result<Vec<SqliteRow>> {
        self.rollback().await?;
        self.turn = Some(Arc::clone(&self.writer).lock_owned().await);
        self.failed = false;
        let begun = sqlx::raw_sql(AssertSqlSafe(begin)).fetch_all(&mut self.connection).await;
        match begun {
            Ok(rows) => Ok(rows),
            Err(error) => self.finish(Err(failed(error))).await,
        }
    }

    /// Commits what went well, and rolls back what did not.
    pub(in crate::store) async fn finish<T>(&mut self, result: Result<T>) -> Result<T> {
        match result {
            Ok(value) => self.end().await.map(|()| value),
            Err(error) => {
                // The first error is the one that tells; a failed rollback ends with the connection.
                let _ = self.rollback().await;
                Err(error)
            }
        }
    }

    async fn end(&mut self) -> Result<()> {
        if self.failed || self.turn.is_none() {
            self.rollback().await?;
            return Err(nothing_to_commit());
        }
        self.connection.execute("COMMIT").await.map_err(commit_failed)?;
        self.turn = None;
        Ok(())
    }

    /// Runs a query, and returns its rows.
    pub(super) async fn rows(&mut self, query: SqliteQuery<'_>) -> Result<Vec<SqliteRow>> {
        let result = query.fetch_all(&mut self.connection).await;
        self.noticed(result, failed)
    }

    /// Runs a query, and returns its one row.
    pub(super) async fn row(&mut self, query: SqliteQuery<'_>) -> Result<SqliteRow> {
        let result = query.fetch_one(&mut self.connection).await;
        self.noticed(result, failed)
    }

    /// Runs a query, and returns the number of rows it changed.
    pub(super) async fn affected(&mut self, query: SqliteQuery<'_>) -> Result<u64> {
        self.affected_or(query, failed).await
    }

    async fn affected_or(&mut self, query: SqliteQuery<'_>, meaning: Meaning) -> Result<u64> {
        let result = query.execute(&mut self.connection).await;
        self.noticed(result.map(|done| done.rows_affected()), meaning)
    }

    /// Runs a query, and returns its rows or SQLite's own error.
    pub(super) async fn raw_rows(&mut self, query: SqliteQuery<'_>) -> sqlx::Result<Vec<SqliteRow>> {
        let result = query.fetch_all(&mut self.connection).await;
        self.failed |= result.is_err();
        result
    }

    /// Runs a query, and returns the number of rows it changed or SQLite's own error.
    pub(super) async fn raw_affected(&mut self, query: SqliteQuery<'_>) -> sqlx::Result<u64> {
        let result = query.execute(&mut self.connection).await;
        self.failed |= result.is_err();
        result.map(|done| done.rows_affected())
    }

    /// The library's own connection.
    pub(super) async fn handle(&mut self) -> Result<LockedSqliteHandle<'_>> {
        self.connection.lock_handle().await.map_err(failed)
    }

    /// Runs a script of statements without parameters.
    pub(super) async fn script(&mut self, script: impl sqlx::SqlSafeStr) -> Result<()> {
        let result = sqlx::raw_sql(script).execute(&mut self.connection).await;
        self.noticed(result.map(drop), failed)
    }

    fn noticed<T>(&mut self, result: sqlx::Result<T>, meaning: Meaning) -> Result<T> {
        self.failed |= result.is_err();
        result.map_err(meaning)
    }

    /// Writes rows that are given by the column.
    pub(super) async fn write_columns(
        &mut self,
        statement: &Chunked,
        columns: &[Column<'_>],
        meaning: Meaning,
    ) -> Result<()> {
        let rows = columns.first().map_or(0, Column::len);
        let mut written = 0;
        while written < rows {
            let (size, text) = statement.chunk(rows - written);
            let mut query = sqlx::query(AssertSqlSafe(text));
            for row in written..written + size {
                for column in columns {
                    query = bind_cell(query, column, row);
                }
            }
            self.affected_or(query, meaning).await?;
            written += size;
        }
        Ok(())
    }

    /// Inserts pairs of texts, and returns those that were not there yet.
    async fn claim(
        &mut self,
        statement: &Chunked,
        pairs: &[(&str, &str)],
    ) -> Result<BTreeSet<(String, String)>> {
        let now = now_ms();
        let (mut fresh, mut rest) = (BTreeSet::new(), pairs);
        while !rest.is_empty() {
            let (size, text) = statement.chunk(rest.len());
            let (chunk, later) = rest.split_at(size);
            let mut query = sqlx::query(AssertSqlSafe(text));
            for (first, second) in chunk {
                query = query.bind(*first).bind(*second).bind(now);
            }
            for row in self.rows(query).await? {
                fresh.insert((cell(&row, 0)?, cell(&row, 1)?));
            }
            rest = later;
        }
        Ok(fresh)
    }

    /// The pinned topics, by their names.
    pub(super) async fn pinned_topics(&mut self) -> Result<Vec<PinnedTopic>> {
        const TOPICS: &str = "SELECT topic, partitions, topic_id FROM saga_topic ORDER BY topic";
        let pinned = |row: &SqliteRow| {
            let id: Option<&str> = cell(row, 2)?;
            let id = id.and_then(|id| Uuid::try_parse(id).ok());
            Ok(PinnedTopic { topic: cell(row, 0)?, partitions: cell(row, 1)?, id })
        };
        self.rows(sqlx::query(TOPICS)).await?.iter().map(pinned).collect()
    }
}

impl Session for SqliteSession {
    async fn take_over(
        &mut self,
        names: &[String],
        token: Token,
        evidence: &RestoreEvidence,
    ) -> Result<Vec<ShardState>> {
        self.start().await?;
        let states = self.adopt_named(names, token, evidence).await;
        self.finish(states).await
    }

    async fn take_over_local(
        &mut self,
        token: Token,
        lease: Duration,
        evidence: &RestoreEvidence,
    ) -> Result<ShardState> {
        self.start().await?;
        let state = self.adopt_local(token, lease, evidence).await;
        self.finish(state).await
    }

    async fn topics(&mut self) -> Result<Vec<PinnedTopic>> {
        self.rollback().await?;
        self.pinned_topics().await
    }

    async fn due_steps(&mut self, limit: i64, except: &[&str]) -> Result<Vec<DueStep>> {
        self.rollback().await?;
        self.read_due_steps(limit, except).await
    }

    async fn next_due(&mut self) -> Result<Option<Duration>> {
        self.rollback().await?;
        self.read_next_due().await
    }

    async fn unpublished(&mut self) -> Result<Vec<Unpublished>> {
        self.rollback().await?;
        self.read_unpublished().await
    }

    async fn renew(&mut self, shard: ShardId, token: Token, lease: Duration) -> Result<()> {
        self.start().await?;
        let renewed = self.extend_lease(shard, token, lease).await;
        self.finish(renewed).await
    }

    async fn release(&mut self, shards: &[(ShardId, Token)]) -> Result<()> {
        if shards.is_empty() {
            return Ok(());
        }
        self.start().await?;
        let released = self.give_up(shards).await;
        self.finish(released).await
    }

    async fn orphans(&mut self) -> Result<Vec<String>> {
        const ORPHANS: &str = "SELECT name FROM saga_shard WHERE name LIKE ? || '%'
            AND cursor < last_seq AND (lease_until IS NULL OR lease_until < ?) ORDER BY shard";
        self.rollback().await?;
        let orphans = sqlx::query(ORPHANS).bind(LOCAL).bind(now_ms());
        let orphans = self.rows(orphans).await?;
        orphans.iter().map(|row| cell(row, 0)).collect()
    }

    async fn begin(&mut self, fences: &[Fence]) -> Result<()> {
        let ids: Vec<String> = fences.iter().map(|fence| fence.shard.0.to_string()).collect();
        let rows = self
            .open(format!(
                "BEGIN IMMEDIATE; SELECT shard, owner, next_offset, last_seq FROM saga_shard WHERE shard IN ({})",
                ids.join(", ")
            ))
            .await?;
        let found: Result<Vec<FenceRow>> = rows.iter().map(fence_row).collect();
        let lost = match found {
            Ok(found) => differing(fences, &found),
            Err(error) => return self.finish(Err(error)).await,
        };
        if lost.is_empty() { Ok(()) } else { self.finish(Err(StoreError::Fenced(lost))).await }
    }

    async fn parked_heads(&mut self, queues: &[(TopicPartition, Queue)]) -> Result<Vec<Option<ParkedHead>>> {
        self.read_heads(queues).await
    }

    async fn claim_requests(&mut self, keys: &[RequestKey]) -> Result<Vec<Option<StoredAnswer>>> {
        let pairs: Vec<(&str, &str)> =
            keys.iter().map(|key| (key.route.as_str(), key.idem_key.as_str())).collect();
        let fresh = self.claim(&STATEMENTS.requests, &pairs).await?;
        let fresh: HashSet<(&str, &str)> =
            fresh.iter().map(|(route, idem_key)| (route.as_str(), idem_key.as_str())).collect();
        let mut answers = Vec::with_capacity(keys.len());
        for (key, pair) in keys.iter().zip(&pairs) {
            answers.push(if fresh.contains(pair) { None } else { self.stored_answer(key).await? });
        }
        Ok(answers)
    }

    async fn claim_once(
        &mut self,
        pairs: &BTreeSet<(&'static str, String)>,
    ) -> Result<BTreeSet<(&'static str, String)>> {
        let wanted: Vec<(&str, &str)> =
            pairs.iter().map(|(step, correlation)| (*step, correlation.as_str())).collect();
        let fresh = self.claim(&STATEMENTS.once, &wanted).await?;
        let steps: HashMap<&str, &'static str> = pairs.iter().map(|(step, _)| (*step, *step)).collect();
        let known = |(step, correlation): (String, String)| Some((*steps.get(step.as_str())?, correlation));
        Ok(fresh.into_iter().filter_map(known).collect())
    }

    async fn load_steps(&mut self, steps: &mut dyn AnySteps) -> Result<()> {
        self.read_steps(steps).await
    }

    async fn load_table(&mut self, table: &mut dyn AnyTable) -> Result<()> {
        let (wanted, looked_up) = (table.wanted(), table.looked_up());
        if wanted.is_empty() && looked_up.is_empty() {
            return Ok(());
        }
        let def = table.def();
        let statements = self.catalog.of(&def, TableStatements::of);
        let load = if looked_up.is_empty() { &statements.load } else { &statements.load_by };
        let mut query = sqlx::query(AssertSqlSafe(Arc::clone(load))).bind(json_of(&wanted)?);
        for values in &looked_up {
            query = query.bind(json_of(values)?);
        }
        let rows = self.rows(query).await?;
        drop((wanted, looked_up));
        let columns = columns_from(def.columns, &rows)?;
        table.load(&columns).map_err(|error| StoreError::Refused(error.to_string()))
    }

    /// A transaction has the whole database to itself.
    async fn read_table(&mut self, table: &mut dyn AnyTable) -> Result<()> {
        self.load_table(table).await
    }

    async fn load_ids(&mut self, tables: &mut [&mut dyn AnyTable]) -> Result<()> {
        const NEXT: &str = "SELECT next FROM saga_id WHERE entity = ?";
        for table in tables.iter_mut().filter(|table| table.wants_ids()) {
            let query = sqlx::query(NEXT).bind(table.def().name);
            let row = self.row(query).await?;
            table.set_next_id(cell(&row, 0)?);
        }
        Ok(())
    }

    async fn lock_holders(&mut self) -> Result<String> {
        Ok("another process that writes to the file".to_owned())
    }

    async fn begin_sql(&mut self, limit: Duration) -> Result<Database> {
        self.limit = limit;
        Ok(Database::Sqlite)
    }

    async fn execute(&mut self, statement: &Statement) -> Result<std::result::Result<Done, String>> {
        self.execute_for_handler(statement).await
    }

    async fn write_steps(&mut self, steps: &dyn AnySteps) -> Result<()> {
        self.upsert_steps(steps).await
    }

    async fn write_table(&mut self, table: &dyn AnyTable) -> Result<()> {
        let created = table.created().map_err(StoreError::unstorable)?;
        let changed = table.changed().map_err(StoreError::unstorable)?;
        let def = table.def();
        let statements = self.catalog.of(&def, TableStatements::of);
        self.write_columns(&statements.insert, &created, insertion_failed).await?;
        self.write_columns(&statements.update, &changed, failed).await?;
        if table.ids_taken() == 0 {
            return Ok(());
        }
        let raise = sqlx::query("UPDATE saga_id SET next = next + ? WHERE entity = ?");
        let raise = raise.bind(table.ids_taken()).bind(def.name);
        self.affected(raise).await.map(drop)
    }

    async fn commit(&mut self, writes: &Writes) -> Result<()> {
        let written = self.write_protocol(writes).await;
        self.finish(written).await
    }

    async fn rollback(&mut self) -> Result<()> {
        if self.turn.is_none() {
            return Ok(());
        }
        let rolled_back = self.connection.execute("ROLLBACK").await;
        self.turn = None;
        match rolled_back {
            // SQLite rolls back by itself on some errors, and a BEGIN that failed began nothing.
            Err(sqlx::Error::Database(error)) if error.message().contains("no transaction is active") => {
                Ok(())
            }
            done => done.map(drop).map_err(failed),
        }
    }

    async fn outbox_page(&mut self, shard: ShardId, after: i64, limit: i64) -> Result<Outbox> {
        self.read_outbox(shard, after, limit).await
    }

    async fn move_cursors(&mut self, moves: &[CursorMove]) -> Result<Vec<ShardId>> {
        if moves.is_empty() {
            return Ok(Vec::new());
        }
        self.start().await?;
        let lost = self.advance_cursors(moves).await;
        self.finish(lost).await
    }
}

fn fence_row(row: &SqliteRow) -> Result<FenceRow> {
    let owner: Option<&str> = cell(row, 1)?;
    Ok(FenceRow {
        shard: ShardId(cell(row, 0)?),
        token: owner.and_then(|owner| Uuid::try_parse(owner).ok()).map(Token),
        next_offset: cell(row, 2)?,
        last_seq: cell(row, 3)?,
    })
}
