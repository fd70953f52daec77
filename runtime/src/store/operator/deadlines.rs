//! Steps that wait for a time: what they wait for, and when it comes.

use crate::store::schema::Dialect;
use crate::store::{Result, StoreError};

use super::Operator;
use super::sql::{Found, Statement, Value};

/// A step of one saga instance that waits for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The step.
    pub step: String,
    /// The saga instance.
    pub correlation: String,
    /// [`saga_step::Mode`] as text: a step that waits has a deadline, a call that runs a next attempt, and one
    /// that has ended a compensation.
    pub mode: String,
    /// How often the call, or the compensation, was tried.
    pub attempts: i32,
    /// When its time comes, in milliseconds since 1970.
    pub due_ms: i64,
}

/// When a deadline is to be; both by the database's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// So many milliseconds from now; none: at once.
    In(i64),
    /// At this time, in milliseconds since 1970.
    At(i64),
}

impl When {
    /// The time as it is stored, of which `$1` is the number.
    fn expression(self, dialect: Dialect) -> String {
        match (dialect, self) {
            (Dialect::Postgres, Self::In(_)) => {
                format!("{} + $1::bigint * interval '1 millisecond'", dialect.now())
            }
            (Dialect::Postgres, Self::At(_)) => "to_timestamp($1::bigint / 1000.0)".to_owned(),
            (Dialect::Sqlite, Self::In(_)) => format!("{} + $1", dialect.now()),
            (Dialect::Sqlite, Self::At(_)) => "$1".to_owned(),
        }
    }

    fn number(self) -> i64 {
        match self {
            Self::In(ms) | Self::At(ms) => ms,
        }
    }
}

impl Operator {
    /// The first `limit` steps that wait for a time, those of `step` or all, the soonest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deadlines(&mut self, step: Option<&str>, limit: u32) -> Result<Vec<Deadline>> {
        let mut statement = Statement::new(self.select_deadlines(), []);
        if let Some(step) = step {
            let step = statement.value(Value::Text(step.to_owned()));
            statement.text.push_str(&format!(" AND step = {step}"));
        }
        statement.text.push_str(&format!(" ORDER BY due_at, step, correlation LIMIT {limit}"));
        self.rows(statement).await?.iter().map(deadline).collect()
    }

    /// What `step` of a saga instance waits for; `None` if it waits for no time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deadline(&mut self, step: &str, correlation: &str) -> Result<Option<Deadline>> {
        let text = self.select_deadlines() + " AND step = $1 AND correlation = $2";
        let names = [Value::Text(step.to_owned()), Value::Text(correlation.to_owned())];
        let rows = self.rows(Statement::new(text, names)).await?;
        rows.first().map(deadline).transpose()
    }

    /// Moves the time that `step` of a saga instance waits for. The service looks for what is due in the table,
    /// so nothing else has to change.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when it waits for no time, or not any more.
    pub async fn move_deadline(&mut self, step: &str, correlation: &str, when: When) -> Result<()> {
        let due_at = when.expression(self.dialect());
        let update = format!(
            "UPDATE saga_step SET due_at = {due_at} WHERE step = $2 AND correlation = $3 AND due_at IS NOT NULL"
        );
        let names = [step, correlation].map(|name| Value::Text(name.to_owned()));
        let values: Vec<Value> = [Value::Int(when.number())].into_iter().chain(names).collect();
        if self.change(Statement::new(update, values)).await? == 0 {
            return Err(StoreError::Refused(format!("{step} of {correlation} waits for no time")));
        }
        Ok(())
    }

    fn select_deadlines(&self) -> String {
        format!(
            "SELECT step, correlation, mode, CAST(attempts AS bigint), {} FROM saga_step WHERE due_at IS NOT NULL",
            self.dialect().millis("due_at")
        )
    }
}

fn deadline(row: &Found) -> Result<Deadline> {
    Ok(Deadline {
        step: row.text(0)?,
        correlation: row.text(1)?,
        mode: row.text(2)?,
        attempts: row.small(3)?,
        due_ms: row.int(4)?,
    })
}
