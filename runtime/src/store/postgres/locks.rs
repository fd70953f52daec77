//! Which rows other transactions hold locked, asked without waiting.

use std::sync::Arc;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;

use crate::rows::{AnySteps, AnyTable, name_by, names_of};
use crate::store::sql::Names;
use crate::store::{Result, ShardId};

use super::rows::cell;
use super::session::PostgresSession;
use super::statements::{TableStatements, bind_column};

/// Whether another session holds a table as a whole, or waits to, so that rows cannot be locked or written.
const TABLE_LOCKED: &str = "
SELECT EXISTS (SELECT FROM pg_locks
  WHERE locktype = 'relation' AND relation = to_regclass($1)::oid AND pid IS DISTINCT FROM pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))";

const LOCKED_SHARDS: &str = "
WITH free AS MATERIALIZED
  (SELECT shard FROM saga_shard WHERE shard = ANY($1::int4[]) FOR NO KEY UPDATE SKIP LOCKED)
SELECT shard FROM saga_shard AS s
WHERE shard = ANY($1::int4[]) AND NOT EXISTS (SELECT FROM free WHERE free.shard = s.shard)";

const LOCKED_STEPS: &str = "
WITH free AS MATERIALIZED
  (SELECT correlation FROM saga_step WHERE step = $1 AND correlation = ANY($2::text[]) FOR NO KEY UPDATE SKIP LOCKED)
SELECT correlation FROM saga_step AS s WHERE step = $1 AND correlation = ANY($2::text[])
  AND NOT EXISTS (SELECT FROM free WHERE free.correlation = s.correlation)";

const FREE_ID: &str = "SELECT entity FROM saga_id WHERE entity = $1 FOR NO KEY UPDATE SKIP LOCKED";

/// Those that have been at it for longest. The lanes of other instances hold locks as well, but briefly. Of
/// the sessions of another role an ordinary role sees little more than the pid.
const LOCK_HOLDERS: &str = "
SELECT concat_ws(' ', coalesce('pid ' || l.pid, 'a prepared transaction (see pg_prepared_xacts)'),
  'of ' || a.usename, '(' || nullif(a.application_name, '') || ')', 'from ' || host(a.client_addr), a.state,
  'for ' || extract(epoch FROM clock_timestamp() - a.xact_start)::int8 || ' s',
  'holds locks on ' || string_agg(DISTINCT c.relname, ', '), ': ' || left(a.query, 100))
FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted AND l.mode <> 'AccessShareLock' AND c.relkind IN ('r', 'p')
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND coalesce(a.xact_start < clock_timestamp() - interval '2 seconds', true)
GROUP BY l.pid, a.usename, a.application_name, a.client_addr, a.state, a.xact_start, a.query
ORDER BY a.xact_start NULLS LAST LIMIT 3";

impl PostgresSession {
    pub(super) async fn find_locked_shards(&mut self, shards: &[ShardId]) -> Result<Vec<ShardId>> {
        let ids: Vec<i32> = shards.iter().map(|shard| shard.0).collect();
        let locked = self.rows(sqlx::query(LOCKED_SHARDS).bind(ids)).await?;
        locked.iter().map(|row| Ok(ShardId(cell(row, 0)?))).collect()
    }

    pub(super) async fn find_locked_steps(&mut self, steps: &dyn AnySteps) -> Result<Vec<String>> {
        let wanted = steps.wanted();
        if self.is_table_locked("saga_step").await? {
            return Ok(wanted.into_iter().map(str::to_owned).collect());
        }
        texts(&self.rows(sqlx::query(LOCKED_STEPS).bind(steps.step()).bind(wanted)).await?)
    }

    pub(super) async fn find_locked_rows(&mut self, table: &dyn AnyTable) -> Result<Vec<String>> {
        let (def, wanted) = (table.def(), table.wanted());
        if self.is_table_locked(&Names::of(&def).table).await? {
            return Ok(names_of(table));
        }
        let statements = self.catalog().of(&def, TableStatements::of);
        let mut locked = Vec::new();
        if !wanted.is_empty() {
            let query = sqlx::query(AssertSqlSafe(Arc::clone(&statements.locked)));
            locked = texts(&self.rows(bind_column(query, &wanted)).await?)?;
        }
        for ((column, values), statement) in def.lookups().zip(table.looked_up()).zip(&statements.locked_by) {
            if !values.is_empty() {
                let query = sqlx::query(AssertSqlSafe(Arc::clone(statement)));
                let found = texts(&self.rows(bind_column(query, &values)).await?)?;
                locked.extend(found.iter().map(|value| name_by(column, value)));
            }
        }
        Ok(locked)
    }

    pub(super) async fn find_locked_id(&mut self, table: &'static str) -> Result<bool> {
        Ok(self.is_table_locked("saga_id").await?
            || self.rows(sqlx::query(FREE_ID).bind(table)).await?.is_empty())
    }

    pub(super) async fn find_lock_holders(&mut self) -> Result<String> {
        let holders = self.rows(sqlx::query(LOCK_HOLDERS)).await?;
        Ok(texts(&holders)?.join("; "))
    }

    async fn is_table_locked(&mut self, table: &str) -> Result<bool> {
        let rows = self.rows(sqlx::query(TABLE_LOCKED).bind(table)).await?;
        rows.first().map_or(Ok(false), |row| cell(row, 0))
    }
}

fn texts(rows: &[PgRow]) -> Result<Vec<String>> {
    rows.iter().map(|row| cell(row, 0)).collect()
}
