//! The transaction of a step, for a handler that is written in SQL.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::column::{Cell, Column};
use crate::outcome::Rejection;

mod text;
mod value;

pub(crate) use text::{checked, with_types};
pub(crate) use value::Value;

/// The transaction in which a step runs.
///
/// Its statements are part of what the step does: they are committed together with the step's rows and
/// messages, or not at all. The lane owns the connection and executes what it is handed, so a handler can
/// neither commit nor roll back, and a handle that is kept for longer than its transaction executes nothing.
#[derive(Debug, Clone)]
pub struct Sql {
    database: Database,
    line: mpsc::UnboundedSender<Order>,
}

/// Which database a service runs on. Their SQL differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
    /// None: the memory of a simulation, which executes no statement.
    Memory,
}

/// Why a handler did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// The business says no: nothing that the handler did remains.
    #[error("rejected: {}", .0.reason)]
    Rejected(Rejection),
    /// A statement failed, or what it returned is not what was expected. The step is tried again.
    #[error("{0}")]
    Failed(String),
}

impl SqlError {
    /// Because of an error of whatever the handler used.
    pub fn because(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Rejection> for SqlError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// A statement that is to be executed, and where its result goes.
#[derive(Debug)]
pub(crate) struct Order {
    pub statement: Statement,
    pub reply: oneshot::Sender<Result<Done, String>>,
}

/// A statement with its parameters, each a column of one value with the type that it has in tables.
#[derive(Debug, Clone)]
pub struct Statement {
    pub(crate) text: String,
    pub(crate) values: Vec<(crate::column::ColumnType, Column<'static>)>,
    /// Whether it is asked for rows, or for their number.
    pub(crate) returns: bool,
}

impl Statement {
    /// A statement without parameters, which returns rows or not.
    pub fn new(text: impl Into<String>, returns: bool) -> Self {
        Self { text: text.into(), values: Vec::new(), returns }
    }

    /// Gives it its next parameter.
    pub fn bind<C: Cell>(&mut self, value: &C) {
        self.values.push((C::TYPE, Column::of([value]).into_owned()));
    }
}

/// What a statement did.
#[derive(Debug, Clone, Default)]
pub struct Done {
    /// How many rows it has changed, if it was not asked for rows.
    pub changed: u64,
    /// The rows that it returned.
    pub rows: Vec<SqlRow>,
}

impl Sql {
    /// A transaction, and what is ordered of it.
    pub(crate) fn on(database: Database) -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (line, orders) = mpsc::unbounded_channel();
        (Self { database, line }, orders)
    }

    /// A transaction of the memory of a simulation, or of a test: every statement fails.
    pub fn none() -> Self {
        Self::on(Database::Memory).0
    }

    /// Which database it is.
    pub fn database(&self) -> Database {
        self.database
    }

    /// A statement: one `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `VALUES` or `WITH`, whose parameters
    /// are called `$1`, `$2` and so on, on PostgreSQL and on SQLite.
    pub fn query(&self, text: impl Into<String>) -> Query<'_> {
        Query { sql: self, statement: Statement::new(text, false) }
    }
}

/// A statement that is being made.
#[derive(Debug)]
#[must_use = "nothing is executed before it is awaited"]
pub struct Query<'s> {
    sql: &'s Sql,
    statement: Statement,
}

impl Query<'_> {
    /// The next parameter, of a type that fields have.
    pub fn bind<C: Cell>(mut self, value: &C) -> Self {
        self.statement.bind(value);
        self
    }

    /// Executes it, and returns how many rows it has changed.
    ///
    /// # Errors
    /// [`SqlError::Failed`]. Then the step fails, whatever its handler returns: to expect a duplicate, say
    /// `ON CONFLICT`.
    pub async fn execute(self) -> Result<u64, SqlError> {
        Ok(self.done(false).await?.changed)
    }

    /// Executes it, and returns its rows.
    ///
    /// # Errors
    /// [`SqlError::Failed`], as above.
    pub async fn rows(self) -> Result<Vec<SqlRow>, SqlError> {
        Ok(self.done(true).await?.rows)
    }

    /// Executes it, and returns its first row.
    ///
    /// # Errors
    /// [`SqlError::Failed`], as above.
    pub async fn row(self) -> Result<Option<SqlRow>, SqlError> {
        Ok(self.rows().await?.into_iter().next())
    }

    async fn done(mut self, returns: bool) -> Result<Done, SqlError> {
        const OVER: &str = "the transaction is over";
        self.statement.returns = returns;
        let (reply, answer) = oneshot::channel();
        let order = Order { statement: self.statement, reply };
        if self.sql.database == Database::Memory {
            return Err(SqlError::because("a simulation executes no SQL: give it a handler that needs none"));
        }
        self.sql.line.send(order).map_err(|_| SqlError::because(OVER))?;
        answer.await.map_err(|_| SqlError::because(OVER))?.map_err(SqlError::Failed)
    }
}

/// A row that a statement returned.
#[derive(Debug, Clone)]
pub struct SqlRow {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl SqlRow {
    pub(crate) fn new(names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { names, values }
    }

    /// The value of a column, as a type that fields have.
    ///
    /// # Errors
    /// [`SqlError::Failed`] when there is no such column, or it has a value of another type.
    pub fn get<C: Cell>(&self, column: &str) -> Result<C, SqlError> {
        let at = self.names.iter().position(|name| name == column).ok_or_else(|| {
            SqlError::Failed(format!("there is no column `{column}` in ({})", self.names.join(", ")))
        })?;
        value::read(&self.values[at]).map_err(|error| SqlError::Failed(format!("column `{column}`: {error}")))
    }
}
