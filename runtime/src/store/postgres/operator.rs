//! An operator's statements on PostgreSQL.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _};

use crate::store::operator::{Found, Statement, Value};
use crate::store::{Result, StoreError};

use super::rows::cell;
use super::session::PostgresSession;
use super::statements::PostgresQuery;

impl PostgresSession {
    /// Runs a query, and returns its rows.
    pub(in crate::store) async fn ask(&mut self, statement: Statement) -> Result<Vec<Found>> {
        let rows = self.rows(bound(statement)).await?;
        rows.iter().map(found).collect()
    }

    /// Runs a statement, and returns how many rows it changed.
    pub(in crate::store) async fn tell(&mut self, statement: Statement) -> Result<u64> {
        self.affected(bound(statement)).await
    }
}

fn bound(statement: Statement) -> PostgresQuery<'static> {
    let query = sqlx::query(AssertSqlSafe(statement.text)).persistent(false);
    statement.values.into_iter().fold(query, |query, value| match value {
        Value::Null => query.bind(None::<i64>),
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

fn found(row: &PgRow) -> Result<Found> {
    let value = |at: usize| {
        Ok(match row.column(at).type_info().name() {
            "INT8" => cell::<Option<i64>>(row, at)?.map_or(Value::Null, Value::Int),
            "TEXT" => cell::<Option<String>>(row, at)?.map_or(Value::Null, Value::Text),
            "BYTEA" => cell::<Option<Vec<u8>>>(row, at)?.map_or(Value::Null, Value::Bytes),
            other => return Err(StoreError::Refused(format!("column {at} is of type {other}"))),
        })
    };
    (0..row.len()).map(value).collect::<Result<_>>().map(Found)
}
