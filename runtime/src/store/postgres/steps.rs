//! Step rows in PostgreSQL.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::postgres::PgRow;

use crate::rows::{AnySteps, ChangedStep, Due, StoredStep};
use crate::store::{DueStep, Result, StoreError};

use super::protocol::{CREATE_STEPS, DELETE_STEPS, DUE_STEPS, LOAD_STEPS, NEXT_DUE, WRITE_STEPS};
use super::rows::cell;
use super::session::PostgresSession;
use super::writes::bind_all;

impl PostgresSession {
    /// Creates the wanted rows that are missing, so that there is something to lock, and loads the others.
    pub(super) async fn lock_steps(&mut self, steps: &mut dyn AnySteps) -> Result<()> {
        let (step, wanted) = (steps.step(), steps.wanted());
        if wanted.is_empty() {
            return Ok(());
        }
        let made = self.rows(sqlx::query(CREATE_STEPS).bind(step).bind(&wanted)).await?;
        if made.len() < wanted.len() {
            let stored = self.load_others(step, &wanted, &made).await?;
            steps.load(stored).map_err(|error| StoreError::Refused(error.to_string()))?;
        }
        self.made_steps.push((step, made));
        Ok(())
    }

    async fn load_others(&mut self, step: &str, wanted: &[&str], made: &[PgRow]) -> Result<Vec<StoredStep>> {
        let mut fresh = HashSet::with_capacity(made.len());
        for row in made {
            fresh.insert(cell::<&str>(row, 0)?);
        }
        let others: Vec<&str> =
            wanted.iter().filter(|correlation| !fresh.contains(*correlation)).copied().collect();
        let rows = self.rows(sqlx::query(LOAD_STEPS).bind(step).bind(others)).await?;
        let mut stored = Vec::with_capacity(rows.len());
        for row in &rows {
            let inputs: &str = cell(row, 2)?;
            if !inputs.is_empty() {
                stored.push(StoredStep {
                    correlation: cell(row, 0)?,
                    mode: cell(row, 1)?,
                    inputs: inputs.to_owned(),
                    attempts: cell(row, 3)?,
                    overdue: cell(row, 4)?,
                });
            }
        }
        Ok(stored)
    }

    pub(super) async fn update_steps(&mut self, steps: &dyn AnySteps) -> Result<()> {
        let changed = steps.changed().map_err(|error| StoreError::Refused(error.to_string()))?;
        self.delete_unused(steps.step(), &changed).await?;
        if changed.is_empty() {
            return Ok(());
        }
        let mut query = sqlx::query(WRITE_STEPS).bind(steps.step());
        bind_all!(
            query,
            changed,
            |row| row.correlation.as_str(),
            |row| row.mode.as_str(),
            |row| row.inputs.as_str(),
            |row| row.attempts,
            |row| match row.due {
                Due::Keep => None,
                Due::Clear => Some(f64::INFINITY),
                Due::After(delay) => Some(delay.as_secs_f64()),
            },
            |row| row.is_closed(),
        );
        self.affected(query).await.map(drop)
    }

    /// Deletes the rows that were made to be locked, and that nothing came of: no message will close them.
    async fn delete_unused(&mut self, step: &str, changed: &[ChangedStep]) -> Result<()> {
        let mut unused = Vec::new();
        for (_, made) in self.made_steps.iter().filter(|(of, _)| *of == step) {
            for row in made {
                let correlation: &str = cell(row, 0)?;
                if changed.binary_search_by(|row| row.correlation.as_str().cmp(correlation)).is_err() {
                    unused.push(correlation.to_owned());
                }
            }
        }
        if unused.is_empty() {
            return Ok(());
        }
        self.affected(sqlx::query(DELETE_STEPS).bind(step).bind(unused)).await.map(drop)
    }

    pub(super) async fn read_due_steps(&mut self, limit: i64, except: &[&str]) -> Result<Vec<DueStep>> {
        let due = self.rows(sqlx::query(DUE_STEPS).bind(limit).bind(except)).await?;
        let step = |row: &PgRow| {
            Ok(DueStep { step: cell(row, 0)?, correlation: cell(row, 1)?, mode: cell(row, 2)? })
        };
        due.iter().map(step).collect()
    }

    pub(super) async fn read_next_due(&mut self) -> Result<Option<Duration>> {
        let next = self.rows(sqlx::query(NEXT_DUE)).await?;
        let seconds: Option<f64> = next.first().map(|row| cell(row, 0)).transpose()?;
        Ok(seconds.map(|seconds| Duration::from_secs_f64(seconds.max(0.0))))
    }
}
