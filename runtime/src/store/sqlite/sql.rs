//! Statements of handlers.

use std::sync::Arc;
use std::time::Instant;

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _};

use super::rows::failed;
use super::session::SqliteSession;
use super::statements::bind_cell;
use crate::sql::{Done, SqlRow, Statement, Value, checked};
use crate::store::{Result, StoreError};

/// How many steps SQLite takes between two looks at the clock.
const STEPS: i32 = 10_000;

impl SqliteSession {
    pub(super) async fn execute_for_handler(
        &mut self,
        statement: &Statement,
    ) -> Result<std::result::Result<Done, String>> {
        if let Err(wrong) = checked(&statement.text) {
            return Ok(Err(wrong));
        }
        let until = Instant::now() + self.limit;
        self.bound(Some(until)).await?;
        let mut query = sqlx::query(AssertSqlSafe(statement.text.as_str()));
        for (_, value) in &statement.values {
            query = bind_cell(query, value, 0);
        }
        let done = if statement.returns {
            self.raw_rows(query).await.map(|rows| {
                let rows = rows.iter().map(row).collect::<std::result::Result<Vec<_>, String>>();
                rows.map(|rows| Done { changed: 0, rows })
            })
        } else {
            self.raw_affected(query).await.map(|changed| Ok(Done { changed, rows: Vec::new() }))
        };
        self.bound(None).await?;
        match done {
            Ok(done) => Ok(done),
            Err(_) if Instant::now() >= until => Ok(Err("a statement took too long".into())),
            Err(error) => match failed(error) {
                // What is missing, or may not be used, is the statement's fault here.
                StoreError::Refused(why) | StoreError::Incompatible(why) => Ok(Err(why)),
                other => Err(other),
            },
        }
    }

    /// Lets SQLite give up at this time. It runs a statement on a thread of its own, which nothing else ends.
    async fn bound(&mut self, until: Option<Instant>) -> Result<()> {
        let mut handle = self.handle().await?;
        match until {
            Some(until) => handle.set_progress_handler(STEPS, move || Instant::now() < until),
            None => handle.remove_progress_handler(),
        }
        Ok(())
    }
}

fn row(row: &SqliteRow) -> std::result::Result<SqlRow, String> {
    let names: Arc<[String]> = row.columns().iter().map(|column| column.name().to_owned()).collect();
    let value = |at: usize| {
        let raw = row.try_get_raw(at).map_err(|error| error.to_string())?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        let ty = raw.type_info().name().to_owned();
        let value = match ty.as_str() {
            "INTEGER" => row.try_get_unchecked(at).map(Value::Int),
            "REAL" => row.try_get_unchecked(at).map(Value::Double),
            "TEXT" => row.try_get_unchecked(at).map(Value::Text),
            _ => return Err(format!("column `{}` has the type {ty}, which no field has", names[at])),
        };
        value.map_err(|error| error.to_string())
    };
    let values = (0..names.len()).map(value).collect::<std::result::Result<Vec<_>, String>>()?;
    Ok(SqlRow::new(names, values))
}
