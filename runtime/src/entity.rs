//! How a generated entity describes its table to the runtime.

use std::fmt::Debug;
use std::hash::Hash;

use jiff::Timestamp;
use jiff::civil::Date;
use saga_step::Phase;
use serde::Serialize;
use uuid::Uuid;

use crate::column::{Cell, Column, ColumnType, RowError, RowReader, RowWriter};
use crate::entropy;
use crate::outcome::{Fault, Refusal};

/// One column of an entity's table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnDef {
    /// Column name, unquoted.
    pub name: &'static str,
    /// The name of the field in JSON and in queries.
    pub field: &'static str,
    /// Storage type.
    pub ty: ColumnType,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// The only values allowed, for an enumeration; empty: any.
    pub values: &'static [&'static str],
    /// For a status, those of them with which the row's saga has not ended.
    pub open: &'static [&'static str],
    /// Whether rows are looked up by its value, so that it needs an index.
    pub lookup: bool,
}

impl ColumnDef {
    /// A column that stores cells of type `C`.
    pub const fn of<C: Cell>(name: &'static str) -> Self {
        Self { name, field: name, ty: C::TYPE, nullable: C::NULLABLE, values: &[], open: &[], lookup: false }
    }

    /// The same column, whose field is called `field` in JSON.
    pub const fn field(mut self, field: &'static str) -> Self {
        self.field = field;
        self
    }

    /// The same column, limited to `values`.
    pub const fn one_of(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    /// The same column, with an index: rows are looked up by its value.
    pub const fn looked_up(mut self) -> Self {
        self.lookup = true;
        self
    }

    /// The same column, as a status whose values `open` are no ends.
    pub const fn open(mut self, open: &'static [&'static str]) -> Self {
        self.open = open;
        self
    }

    /// The one value that `text` spells; `None` if this column has no such value.
    pub(crate) fn parse(&self, text: &str) -> Option<Column<'static>> {
        let known = self.values.is_empty() || self.values.contains(&text);
        known.then(|| self.ty.parse(text)).flatten()
    }

    /// What a value must be, for the sender of one that is not.
    pub(crate) fn expected(&self) -> String {
        match self.values {
            [] => self.ty.expected().to_owned(),
            values => format!("one of {}", values.join(", ")),
        }
    }
}

/// An entity's table. The first column is the primary key.
#[derive(Debug, PartialEq)]
pub struct TableDef {
    /// Table name, unquoted.
    pub name: &'static str,
    /// All columns, the key first.
    pub columns: &'static [ColumnDef],
    /// Whether the service numbers the rows itself.
    pub allocated: bool,
}

impl TableDef {
    /// The primary key's column.
    pub fn key(&self) -> &'static ColumnDef {
        &self.columns[0]
    }

    /// The columns that rows are looked up by, beside the key.
    pub fn lookups(&self) -> impl Iterator<Item = &'static ColumnDef> {
        self.columns.iter().skip(1).filter(|column| column.lookup)
    }

    /// The column that says whether a row's saga has ended, if it has one.
    pub fn status(&self) -> Option<&'static ColumnDef> {
        self.columns.iter().find(|column| !column.open.is_empty())
    }
}

/// A type that identifies rows of an entity.
pub trait Key:
    Cell + Clone + Debug + Eq + Hash + Ord + Send + Sync + std::fmt::Display + std::str::FromStr + 'static
{
    /// The key with number `id`, for keys that a service allocates, or a new one that needs no number; `None`
    /// when the number does not fit, or the key is given.
    fn allocated(id: i64) -> Option<Self>;

    /// How many bytes its text has; 0 for a number.
    fn bytes(&self) -> usize {
        0
    }
}

impl Key for i32 {
    fn allocated(id: i64) -> Option<Self> {
        id.try_into().ok()
    }
}

impl Key for i64 {
    fn allocated(id: i64) -> Option<Self> {
        Some(id)
    }
}

impl Key for String {
    fn allocated(_id: i64) -> Option<Self> {
        None
    }

    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Key for Uuid {
    fn allocated(_id: i64) -> Option<Self> {
        Some(entropy::identifier())
    }
}

impl Key for Timestamp {
    fn allocated(_id: i64) -> Option<Self> {
        None
    }
}

impl Key for Date {
    fn allocated(_id: i64) -> Option<Self> {
        None
    }
}

/// A row type with its table.
pub trait Entity: Clone + Debug + PartialEq + Send + Serialize + Sync + 'static {
    /// The primary key's type.
    type Key: Key;
    /// The name of the entity in `saga.yaml`.
    const NAME: &'static str;
    /// The table that stores it.
    const TABLE: TableDef;

    /// The row's key.
    fn key(&self) -> &Self::Key;

    /// Writes every column, in the order of [`TableDef::columns`].
    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>);

    /// Reads every column, in the order of [`TableDef::columns`].
    ///
    /// # Errors
    /// [`RowError`] when a stored value does not fit.
    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError>;

    /// The rows of a new table.
    fn seed() -> Vec<Self> {
        Vec::new()
    }
}

/// An entity whose life has a beginning and ends.
pub trait Lifecycle: Entity {
    /// The statuses it moves through.
    type Status: Status;

    /// Where the row stands.
    fn status(&self) -> Self::Status;

    /// Puts the row into `status`.
    fn set_status(&mut self, status: Self::Status);
}

/// The statuses of a [`Lifecycle`].
pub trait Status: Copy + Debug + Eq + std::fmt::Display + Send + Sync + 'static {
    /// What kind of status this is.
    fn phase(self) -> Phase;

    /// Its place among the statuses of its entity, in the order of the specification.
    fn place(self) -> u8;

    /// What it is called in the specification.
    fn name(self) -> &'static str;
}

impl Fault {
    /// The fault of compensation `step`, which finds no row `key`.
    pub fn nothing_to_compensate<E: Entity>(step: &'static str, key: &E::Key) -> Self {
        Self::NothingToCompensate { step, entity: E::NAME, key: key.to_string() }
    }
}

impl Refusal {
    /// The refusal of a request about the row `key` of `E`, which does not exist.
    pub fn not_found<E: Entity>(key: &E::Key) -> Self {
        Self::NotFound { entity: E::NAME, key: key.to_string() }
    }
}
