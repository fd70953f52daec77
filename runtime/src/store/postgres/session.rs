//! One lane's connection to PostgreSQL.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnection, PgRow};
use uuid::Uuid;

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

use super::protocol::{LOAD_IDS, MOVE_CURSORS};
use super::rows::{cell, columns_from, commit_failed, failed, insertion_failed};
use super::statements::{PostgresQuery, TableStatements, bind_column};
use super::{PATIENCE, bounded};

/// One connection to a [`super::PostgresStore`].
pub struct PostgresSession {
    connection: PgConnection,
    state: State,
    catalog: Arc<Catalog<TableStatements>>,
    keep: i64,
    /// The step rows that the open transaction has made, so that there is something to lock.
    pub(super) made_steps: Vec<(&'static str, Vec<PgRow>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    /// A transaction is open, or may be.
    Open,
    /// A statement of the open transaction failed. PostgreSQL would take a COMMIT, and
    /// roll back without a word of error.
    Failed,
}

impl PostgresSession {
    pub(super) fn new(connection: PgConnection, catalog: Arc<Catalog<TableStatements>>, keep: i64) -> Self {
        Self { connection, state: State::Idle, catalog, keep, made_steps: Vec::new() }
    }

    /// The statements for each table.
    pub(super) fn catalog(&self) -> Arc<Catalog<TableStatements>> {
        Arc::clone(&self.catalog)
    }

    /// Begins a transaction.
    pub(in crate::store) async fn start(&mut self) -> Result<()> {
        self.start_with("BEGIN".to_owned()).await.map(drop)
    }

    /// Begins a transaction with the statements of `script`, in one round trip.
    pub(super) async fn start_with(&mut self, script: String) -> Result<Vec<PgRow>> {
        self.rollback().await?;
        match self.open(script).await {
            Ok(rows) => Ok(rows),
            Err(error) => self.finish(Err(failed(error))).await,
        }
    }

    /// The same, with the server's own error, after which the transaction is still open.
    pub(super) async fn open(&mut self, script: String) -> sqlx::Result<Vec<PgRow>> {
        self.state = State::Open;
        self.made_steps.clear();
        bounded(PATIENCE, sqlx::raw_sql(AssertSqlSafe(script)).fetch_all(&mut self.connection)).await
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
        if self.state != State::Open {
            self.rollback().await?;
            return Err(nothing_to_commit());
        }
        let commit = sqlx::raw_sql("COMMIT").execute(&mut self.connection);
        bounded(PATIENCE, commit).await.map_err(commit_failed)?;
        self.state = State::Idle;
        Ok(())
    }

    /// Runs a query, and returns its rows.
    pub(super) async fn rows(&mut self, query: PostgresQuery<'_>) -> Result<Vec<PgRow>> {
        let result = bounded(PATIENCE, query.fetch_all(&mut self.connection)).await;
        self.noticed(result, failed)
    }

    /// Runs a query, and returns the number of rows it changed.
    pub(super) async fn affected(&mut self, query: PostgresQuery<'_>) -> Result<u64> {
        self.affected_or(query, failed).await
    }

    async fn affected_or(
        &mut self,
        query: PostgresQuery<'_>,
        meaning: fn(sqlx::Error) -> StoreError,
    ) -> Result<u64> {
        let result = bounded(PATIENCE, query.execute(&mut self.connection)).await;
        self.noticed(result.map(|done| done.rows_affected()), meaning)
    }

    /// Runs a query, and returns its rows or the server's own error.
    pub(super) async fn raw_rows(&mut self, query: PostgresQuery<'_>) -> sqlx::Result<Vec<PgRow>> {
        let result = bounded(PATIENCE, query.fetch_all(&mut self.connection)).await;
        self.state = if result.is_err() { State::Failed } else { self.state };
        result
    }

    /// Runs a query, and returns the number of rows it changed or the server's own error.
    pub(super) async fn raw_affected(&mut self, query: PostgresQuery<'_>) -> sqlx::Result<u64> {
        let result = bounded(PATIENCE, query.execute(&mut self.connection)).await;
        self.state = if result.is_err() { State::Failed } else { self.state };
        result.map(|done| done.rows_affected())
    }

    /// Runs a script of statements without parameters.
    pub(super) async fn script(&mut self, script: impl sqlx::SqlSafeStr) -> Result<()> {
        let result = bounded(PATIENCE, sqlx::raw_sql(script).execute(&mut self.connection)).await;
        self.noticed(result.map(drop), failed)
    }

    fn noticed<T>(&mut self, result: sqlx::Result<T>, meaning: fn(sqlx::Error) -> StoreError) -> Result<T> {
        result.map_err(|error| {
            if self.state == State::Open {
                self.state = State::Failed;
            }
            meaning(error)
        })
    }

    /// The pinned topics, by their names.
    pub(super) async fn pinned_topics(&mut self) -> Result<Vec<PinnedTopic>> {
        const TOPICS: &str = "SELECT topic, partitions, topic_id::text FROM saga_topic";
        let rows = self.rows(sqlx::query(TOPICS)).await?;
        let pinned = |row: &PgRow| {
            let id: Option<&str> = cell(row, 2)?;
            let id = id.and_then(|id| Uuid::try_parse(id).ok());
            Ok(PinnedTopic { topic: cell(row, 0)?, partitions: cell(row, 1)?, id })
        };
        let mut pinned = rows.iter().map(pinned).collect::<Result<Vec<_>>>()?;
        // By bytes, whatever the database's collation.
        pinned.sort_unstable_by(|one, other| one.topic.cmp(&other.topic));
        Ok(pinned)
    }
}

impl Session for PostgresSession {
    async fn take_over(
        &mut self,
        names: &[String],
        token: Token,
        evidence: &RestoreEvidence,
    ) -> Result<Vec<ShardState>> {
        let place = self.start_in_place().await?;
        let states = self.adopt_named(names, token, &place, evidence).await;
        self.finish(states).await
    }

    async fn take_over_local(
        &mut self,
        token: Token,
        lease: Duration,
        evidence: &RestoreEvidence,
    ) -> Result<ShardState> {
        let place = self.start_in_place().await?;
        let state = self.adopt_local(token, lease, &place, evidence).await;
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
        self.rollback().await?;
        self.extend_lease(shard, token, lease).await
    }

    async fn release(&mut self, shards: &[(ShardId, Token)]) -> Result<()> {
        if shards.is_empty() {
            return Ok(());
        }
        self.rollback().await?;
        self.give_up(shards).await
    }

    async fn orphans(&mut self) -> Result<Vec<String>> {
        const ORPHANS: &str = "SELECT name FROM saga_shard WHERE name LIKE $1 || '%'
            AND cursor < last_seq AND (lease_until IS NULL OR lease_until < clock_timestamp()) ORDER BY shard";
        self.rollback().await?;
        let orphans = self.rows(sqlx::query(ORPHANS).bind(LOCAL)).await?;
        orphans.iter().map(|row| cell(row, 0)).collect()
    }

    /// Locks the shard rows and reads what they hold in one round trip with the
    /// BEGIN, and compares here. From then on no other session can change the rows, so
    /// comparing first and writing last is as safe as an UPDATE that compares.
    async fn begin(&mut self, fences: &[Fence]) -> Result<()> {
        let ids: Vec<String> = fences.iter().map(|fence| fence.shard.0.to_string()).collect();
        let rows = self
            .start_with(format!(
                "BEGIN; SELECT shard, owner::text, next_offset, last_seq FROM saga_shard \
                 WHERE shard = ANY('{{{}}}'::int4[]) ORDER BY shard FOR NO KEY UPDATE",
                ids.join(",")
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
        self.insert_requests(keys).await
    }

    async fn claim_once(
        &mut self,
        pairs: &BTreeSet<(&'static str, String)>,
    ) -> Result<BTreeSet<(&'static str, String)>> {
        self.insert_once(pairs).await
    }

    async fn load_steps(&mut self, steps: &mut dyn AnySteps) -> Result<()> {
        self.lock_steps(steps).await
    }

    async fn load_table(&mut self, table: &mut dyn AnyTable) -> Result<()> {
        let (wanted, looked_up) = (table.wanted(), table.looked_up());
        if wanted.is_empty() && looked_up.is_empty() {
            return Ok(());
        }
        let def = table.def();
        let statements = self.catalog.of(&def, TableStatements::of);
        let load = if looked_up.is_empty() { &statements.load } else { &statements.load_by };
        let query = bind_column(sqlx::query(AssertSqlSafe(Arc::clone(load))), &wanted);
        let rows = self.rows(looked_up.iter().fold(query, bind_column)).await?;
        drop((wanted, looked_up));
        let columns = columns_from(def.columns, &rows)?;
        table.load(&columns).map_err(|error| StoreError::Refused(error.to_string()))
    }

    async fn read_table(&mut self, table: &mut dyn AnyTable) -> Result<()> {
        let wanted = table.wanted();
        if wanted.is_empty() {
            return Ok(());
        }
        let def = table.def();
        let read = &self.catalog.of(&def, TableStatements::of).read;
        let rows = self.rows(bind_column(sqlx::query(AssertSqlSafe(Arc::clone(read))), &wanted)).await?;
        drop(wanted);
        let columns = columns_from(def.columns, &rows)?;
        table.load(&columns).map_err(|error| StoreError::Refused(error.to_string()))
    }

    async fn load_ids(&mut self, tables: &mut [&mut dyn AnyTable]) -> Result<()> {
        let wanted: Vec<&str> =
            tables.iter().filter(|table| table.wants_ids()).map(|table| table.def().name).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let rows = self.rows(sqlx::query(LOAD_IDS).bind(wanted)).await?;
        for row in &rows {
            let (entity, next): (&str, i64) = (cell(row, 0)?, cell(row, 1)?);
            if let Some(table) = tables.iter_mut().find(|table| table.def().name == entity) {
                table.set_next_id(next);
            }
        }
        Ok(())
    }

    async fn locked_shards(&mut self, shards: &[ShardId]) -> Result<Vec<ShardId>> {
        self.rollback().await?;
        self.find_locked_shards(shards).await
    }

    async fn locked_steps(&mut self, steps: &dyn AnySteps) -> Result<Vec<String>> {
        self.find_locked_steps(steps).await
    }

    async fn locked_rows(&mut self, table: &dyn AnyTable) -> Result<Vec<String>> {
        self.find_locked_rows(table).await
    }

    async fn locked_id(&mut self, table: &'static str) -> Result<bool> {
        self.find_locked_id(table).await
    }

    async fn lock_holders(&mut self) -> Result<String> {
        self.find_lock_holders().await
    }

    async fn begin_sql(&mut self, limit: Duration) -> Result<Database> {
        self.limit_statements(limit).await?;
        Ok(Database::Postgres)
    }

    async fn execute(&mut self, statement: &Statement) -> Result<std::result::Result<Done, String>> {
        self.execute_for_handler(statement).await
    }

    async fn write_steps(&mut self, steps: &dyn AnySteps) -> Result<()> {
        self.update_steps(steps).await
    }

    async fn write_table(&mut self, table: &dyn AnyTable) -> Result<()> {
        let created = table.created().map_err(StoreError::unstorable)?;
        let changed = table.changed().map_err(StoreError::unstorable)?;
        let taken = table.ids_taken();
        if created.is_empty() && changed.is_empty() {
            return Ok(());
        }
        let def = table.def();
        let statements = self.catalog.of(&def, TableStatements::of);
        if !created.is_empty() {
            let query = match taken {
                0 => sqlx::query(AssertSqlSafe(Arc::clone(&statements.insert))),
                taken => sqlx::query(AssertSqlSafe(Arc::clone(&statements.insert_numbered)))
                    .bind(taken)
                    .bind(def.name),
            };
            self.affected_or(created.iter().fold(query, bind_column), insertion_failed).await?;
        }
        if let (Some(update), false) = (&statements.update, changed.is_empty()) {
            let query = sqlx::query(AssertSqlSafe(Arc::clone(update)));
            self.affected(changed.iter().fold(query, bind_column)).await?;
        }
        Ok(())
    }

    async fn commit(&mut self, writes: &Writes) -> Result<()> {
        let written = self.write_protocol(writes).await;
        self.finish(written).await
    }

    async fn rollback(&mut self) -> Result<()> {
        if self.state == State::Idle {
            return Ok(());
        }
        let rollback = sqlx::raw_sql("ROLLBACK").execute(&mut self.connection);
        bounded(PATIENCE, rollback).await.map_err(failed)?;
        self.state = State::Idle;
        Ok(())
    }

    async fn outbox_page(&mut self, shard: ShardId, after: i64, limit: i64) -> Result<Outbox> {
        self.read_outbox(shard, after, limit).await
    }

    async fn move_cursors(&mut self, moves: &[CursorMove]) -> Result<Vec<ShardId>> {
        if moves.is_empty() {
            return Ok(Vec::new());
        }
        self.rollback().await?;
        let shards: Vec<i32> = moves.iter().map(|step| step.shard.0).collect();
        let owners: Vec<String> = moves.iter().map(|step| step.token.0.to_string()).collect();
        let (low, high): (Vec<i64>, Vec<i64>) = moves.iter().map(|step| (step.from, step.to)).unzip();
        let query = sqlx::query(MOVE_CURSORS).bind(shards).bind(owners).bind(low).bind(high).bind(self.keep);
        let rows = self.rows(query).await?;
        let moved = rows.iter().map(|row| cell(row, 0)).collect::<Result<Vec<i32>>>()?;
        Ok(moves.iter().map(|step| step.shard).filter(|shard| !moved.contains(&shard.0)).collect())
    }
}

fn fence_row(row: &PgRow) -> Result<FenceRow> {
    let owner: Option<&str> = cell(row, 1)?;
    Ok(FenceRow {
        shard: ShardId(cell(row, 0)?),
        token: owner.and_then(|owner| Uuid::try_parse(owner).ok()).map(Token),
        next_offset: cell(row, 2)?,
        last_seq: cell(row, 3)?,
    })
}
