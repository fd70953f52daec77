//! Rows as types.

use crate::model::{Ident, RustType};
use crate::names::{EntityName, TableName, Value};
use crate::resolved::Literal;

/// A row type with its table.
#[derive(Debug, Clone)]
pub struct Entity {
    /// Its name in the specification.
    pub name: EntityName,
    /// Its type.
    pub ident: Ident,
    /// Its table.
    pub table: TableName,
    /// Its columns, the key first, the status last.
    pub columns: Vec<Column>,
    /// Whether the service numbers the rows itself.
    pub allocated: bool,
    /// The statuses of its rows, if they have any.
    pub status: Option<StatusType>,
    /// The rows of a new table: one value a column, the status among them.
    pub rows: Vec<Vec<Cell>>,
}

impl Entity {
    /// The column with the key.
    pub fn key(&self) -> &Column {
        &self.columns[0]
    }
}

/// A column, and the field of the row type that holds it.
#[derive(Debug, Clone)]
pub struct Column {
    /// The field.
    pub ident: Ident,
    /// The column's name.
    pub column: String,
    /// The name in JSON.
    pub wire: String,
    /// Whether the name in JSON has to be told to serde.
    pub renamed: bool,
    /// What it holds.
    pub ty: ColumnType,
    /// Whether rows are looked up by it.
    pub looked_up: bool,
}

/// What a column holds.
#[derive(Debug, Clone)]
pub enum ColumnType {
    /// The primary key.
    Key(RustType),
    /// A value.
    Value(RustType),
    /// Where the row stands.
    Status(Ident),
}

/// A value of a first row.
#[derive(Debug, Clone)]
pub enum Cell {
    /// A literal, and whether the column may be empty.
    Literal(Literal, RustType),
    /// A status.
    Status(Ident, Ident),
}

/// The statuses of an entity, as an enum.
#[derive(Debug, Clone)]
pub struct StatusType {
    /// The enum.
    pub ident: Ident,
    /// Its variants: start, open, done, failed.
    pub variants: Vec<Status>,
}

/// One status.
#[derive(Debug, Clone)]
pub struct Status {
    /// The variant.
    pub ident: Ident,
    /// As it is stored and sent.
    pub value: Value,
    /// What it means for the saga.
    pub phase: Phase,
}

/// What a status means for the saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A new row has it.
    Start,
    /// The saga goes on.
    Open,
    /// An end in which all effects are kept.
    Done,
    /// An end in which all effects are compensated.
    Failed,
}

impl Phase {
    /// Whether nothing follows.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}
