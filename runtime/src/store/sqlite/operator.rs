//! An operator's statements on SQLite.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, TypeInfo as _, ValueRef as _};

use crate::store::operator::{Found, Statement, Value};
use crate::store::{Result, StoreError};

use super::rows::{cell, failed};
use super::session::SqliteSession;
use super::statements::SqliteQuery;

impl SqliteSession {
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

fn bound(statement: Statement) -> SqliteQuery<'static> {
    let query = sqlx::query(AssertSqlSafe(statement.text)).persistent(false);
    statement.values.into_iter().fold(query, |query, value| match value {
        Value::Null => query.bind(None::<i64>),
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

fn found(row: &SqliteRow) -> Result<Found> {
    let value = |at: usize| {
        let raw = row.try_get_raw(at).map_err(failed)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        let ty = raw.type_info();
        Ok(match ty.name() {
            "INTEGER" => Value::Int(cell(row, at)?),
            "TEXT" => Value::Text(cell(row, at)?),
            "BLOB" => Value::Bytes(cell(row, at)?),
            other => return Err(StoreError::Refused(format!("column {at} is of type {other}"))),
        })
    };
    (0..row.len()).map(value).collect::<Result<_>>().map(Found)
}
