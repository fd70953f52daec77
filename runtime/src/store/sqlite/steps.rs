//! Step rows in SQLite.

use std::time::Duration;

use sqlx::sqlite::SqliteRow;

use crate::rows::{AnySteps, ChangedStep, Due, StoredStep};
use crate::store::{DueStep, Result, StoreError};

use super::rows::cell;
use super::session::SqliteSession;
use super::statements::STATEMENTS;
use super::{millis, now_ms};

impl SqliteSession {
    /// No other session writes while this transaction is open, so a row that is missing need not be created
    /// to be locked; [`SqliteSession::upsert_steps`] creates it.
    pub(super) async fn read_steps(&mut self, steps: &mut dyn AnySteps) -> Result<()> {
        const LOAD: &str =
            "SELECT correlation, mode, inputs, attempts, coalesce(due_at <= ?, 0) FROM saga_step
            WHERE step = ? AND correlation IN (SELECT value FROM json_each(?)) ORDER BY correlation";
        let wanted = steps.wanted();
        if wanted.is_empty() {
            return Ok(());
        }
        let wanted =
            serde_json::to_string(&wanted).map_err(|error| StoreError::Refused(error.to_string()))?;
        let query = sqlx::query(LOAD).bind(now_ms()).bind(steps.step()).bind(wanted);
        let rows = self.rows(query).await?;
        let stored = rows.iter().map(stored).collect::<Result<Vec<_>>>()?;
        steps.load(stored).map_err(|error| StoreError::Refused(error.to_string()))
    }

    pub(super) async fn upsert_steps(&mut self, steps: &dyn AnySteps) -> Result<()> {
        let (step, now) = (steps.step(), now_ms());
        let changed = steps.changed().map_err(|error| StoreError::Refused(error.to_string()))?;
        self.write_rows(&STATEMENTS.steps, &changed, |query, row| {
            let due_at = match row.due {
                Due::After(delay) => Some(now.saturating_add(millis(delay))),
                Due::Keep | Due::Clear => None,
            };
            let query = query.bind(step).bind(&row.correlation).bind(row.mode.as_str()).bind(&row.inputs);
            Ok(query.bind(row.attempts).bind(due_at).bind(row.is_closed().then_some(now)))
        })
        .await?;
        let undue: Vec<&ChangedStep> = changed.iter().filter(|row| row.due == Due::Clear).collect();
        self.write_rows(&STATEMENTS.undue, &undue, |query, row| Ok(query.bind(step).bind(&row.correlation)))
            .await
    }

    pub(super) async fn read_due_steps(&mut self, limit: i64, except: &[&str]) -> Result<Vec<DueStep>> {
        const DUE: &str = "SELECT step, correlation, mode FROM saga_step WHERE due_at <= ?
            AND step NOT IN (SELECT value FROM json_each(?)) ORDER BY due_at LIMIT ?";
        let except = serde_json::to_string(except).map_err(|error| StoreError::Refused(error.to_string()))?;
        let due = self.rows(sqlx::query(DUE).bind(now_ms()).bind(except).bind(limit)).await?;
        let step = |row: &SqliteRow| {
            Ok(DueStep { step: cell(row, 0)?, correlation: cell(row, 1)?, mode: cell(row, 2)? })
        };
        due.iter().map(step).collect()
    }

    pub(super) async fn read_next_due(&mut self) -> Result<Option<Duration>> {
        const NEXT: &str = "SELECT due_at FROM saga_step WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";
        let next = self.rows(sqlx::query(NEXT)).await?;
        let due_at: Option<i64> = next.first().map(|row| cell(row, 0)).transpose()?;
        Ok(due_at.map(|at| Duration::from_millis(at.saturating_sub(now_ms()).max(0).unsigned_abs())))
    }
}

fn stored(row: &SqliteRow) -> Result<StoredStep> {
    Ok(StoredStep {
        correlation: cell(row, 0)?,
        mode: cell(row, 1)?,
        inputs: cell(row, 2)?,
        attempts: cell(row, 3)?,
        overdue: cell(row, 4)?,
    })
}
