//! Statements that both databases understand, and rows that come of them.
//!
//! An operator's commands are rare and small, so they are written once: both
//! databases take `$1`, and what they differ in is said by [`Dialect`].

use uuid::Uuid;

use crate::store::schema::Dialect;
use crate::store::{Result, StoreError, Token};

/// A value of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row that was found.
#[derive(Debug)]
pub(in crate::store) struct Found(pub Vec<Value>);

impl Found {
    pub(super) fn int(&self, at: usize) -> Result<i64> {
        match self.0.get(at) {
            Some(Value::Int(value)) => Ok(*value),
            other => Err(unexpected(at, "a number", other)),
        }
    }

    /// A number that fits into 32 bits, as partitions and counts of tries do.
    pub(super) fn small(&self, at: usize) -> Result<i32> {
        i32::try_from(self.int(at)?).map_err(|_| unexpected(at, "a small number", self.0.get(at)))
    }

    pub(super) fn maybe_int(&self, at: usize) -> Result<Option<i64>> {
        if self.0.get(at) == Some(&Value::Null) { Ok(None) } else { self.int(at).map(Some) }
    }

    pub(super) fn text(&self, at: usize) -> Result<String> {
        match self.0.get(at) {
            Some(Value::Text(value)) => Ok(value.clone()),
            other => Err(unexpected(at, "a text", other)),
        }
    }

    pub(super) fn bytes(&self, at: usize) -> Result<Vec<u8>> {
        match self.0.get(at) {
            Some(Value::Bytes(value)) => Ok(value.clone()),
            other => Err(unexpected(at, "bytes", other)),
        }
    }
}

fn unexpected(at: usize, wanted: &str, found: Option<&Value>) -> StoreError {
    StoreError::Refused(format!("column {at} holds {found:?}, not {wanted}"))
}

/// A statement and its values.
#[derive(Debug)]
pub(in crate::store) struct Statement {
    pub text: String,
    pub values: Vec<Value>,
}

impl Statement {
    /// A statement with the values of `$1`, `$2` and so on.
    pub(super) fn new(text: impl Into<String>, values: impl Into<Vec<Value>>) -> Self {
        Self { text: text.into(), values: values.into() }
    }

    /// Adds a value, and returns the name by which the text takes it.
    pub(super) fn value(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

impl Dialect {
    /// The time `column` as milliseconds since 1970.
    pub(super) fn millis(self, column: &str) -> String {
        match self {
            Dialect::Postgres => format!("CAST(extract(epoch FROM {column}) * 1000 AS bigint)"),
            Dialect::Sqlite => column.to_owned(),
        }
    }

    /// The time now, as it is stored.
    pub(super) fn now(self) -> String {
        match self {
            Dialect::Postgres => "clock_timestamp()".to_owned(),
            Dialect::Sqlite => crate::store::sqlite::now_ms().to_string(),
        }
    }

    /// What a SELECT ends with that locks its rows.
    pub(super) fn locking(self) -> &'static str {
        match self {
            Dialect::Postgres => " FOR NO KEY UPDATE",
            // The transaction has locked the whole file.
            Dialect::Sqlite => "",
        }
    }
}

/// The literal of an owner that does not exist.
pub(super) fn no_owner() -> String {
    format!("'{}'", Uuid::new_v4())
}

/// Leaves the shards `which` without an owner. One whose offset was moved by hand has no owner already.
pub(super) fn disown(which: &str) -> String {
    let moved = Token::MOVED_BY_HAND.0;
    format!(
        "UPDATE saga_shard SET owner = {} WHERE (owner IS NULL OR owner <> '{moved}') AND {which}",
        no_owner()
    )
}
