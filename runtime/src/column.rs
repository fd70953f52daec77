//! Table cells by the column.
//!
//! A batch reads and writes many rows of a table in one statement, so values
//! travel as columns: PostgreSQL binds a column as one array parameter, SQLite
//! takes it apart again. Text and bytes are borrowed where they can be.

use std::borrow::Cow;

mod cells;
mod text;

/// The longest text that is a key, in bytes. PostgreSQL's indices take 2 704 for all columns together, and
/// SQLite's take any; what one refuses, both refuse.
pub(crate) const LONGEST_KEY: usize = 1_024;

/// The storage type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// `BOOLEAN`.
    Bool,
    /// `INTEGER`: 32 bits.
    Int,
    /// `BIGINT`: 64 bits.
    BigInt,
    /// `DOUBLE PRECISION`.
    Double,
    /// `TEXT`.
    Text,
    /// `NUMERIC`.
    Decimal,
    /// `UUID`.
    Uuid,
    /// `TIMESTAMPTZ`.
    Timestamp,
    /// `DATE`.
    Date,
    /// `JSONB`: a record or a list.
    Json,
    /// `BYTEA`; used by the runtime's own tables.
    Bytes,
}

/// The values of one column, row by row; `None` is NULL.
#[derive(Debug, Clone, PartialEq)]
pub enum Column<'a> {
    /// Values of a [`ColumnType::Bool`] column.
    Bool(Vec<Option<bool>>),
    /// Values of a [`ColumnType::Int`] column.
    Int(Vec<Option<i32>>),
    /// Values of a [`ColumnType::BigInt`] column.
    BigInt(Vec<Option<i64>>),
    /// Values of a [`ColumnType::Double`] column.
    Double(Vec<Option<f64>>),
    /// Values of a [`ColumnType::Text`] column, and of all others that SQLite keeps as text.
    Text(Vec<Option<Cow<'a, str>>>),
    /// Values of a [`ColumnType::Bytes`] column.
    Bytes(Vec<Option<Cow<'a, [u8]>>>),
}

impl<'a> Column<'a> {
    /// An empty column of type `ty` with room for `rows` values.
    pub fn with_capacity(ty: ColumnType, rows: usize) -> Self {
        match ty {
            ColumnType::Bool => Column::Bool(Vec::with_capacity(rows)),
            ColumnType::Int => Column::Int(Vec::with_capacity(rows)),
            ColumnType::BigInt => Column::BigInt(Vec::with_capacity(rows)),
            ColumnType::Double => Column::Double(Vec::with_capacity(rows)),
            ColumnType::Text
            | ColumnType::Decimal
            | ColumnType::Uuid
            | ColumnType::Timestamp
            | ColumnType::Date
            | ColumnType::Json => Column::Text(Vec::with_capacity(rows)),
            ColumnType::Bytes => Column::Bytes(Vec::with_capacity(rows)),
        }
    }

    /// The column of `values`.
    pub fn of<'v: 'a, C: Cell + 'v>(values: impl IntoIterator<Item = &'v C>) -> Self {
        let mut column = Column::with_capacity(C::TYPE, 0);
        for value in values {
            value.put(&mut column);
        }
        column
    }

    /// Appends the values of a column of the same kind.
    pub(crate) fn append(&mut self, other: Column<'a>) {
        match (self, other) {
            (Column::Bool(values), Column::Bool(mut more)) => values.append(&mut more),
            (Column::Int(values), Column::Int(mut more)) => values.append(&mut more),
            (Column::BigInt(values), Column::BigInt(mut more)) => values.append(&mut more),
            (Column::Double(values), Column::Double(mut more)) => values.append(&mut more),
            (Column::Text(values), Column::Text(mut more)) => values.append(&mut more),
            (Column::Bytes(values), Column::Bytes(mut more)) => values.append(&mut more),
            // A value of another kind is no value of this column.
            _ => {}
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Column::Bool(values) => values.len(),
            Column::Int(values) => values.len(),
            Column::BigInt(values) => values.len(),
            Column::Double(values) => values.len(),
            Column::Text(values) => values.len(),
            Column::Bytes(values) => values.len(),
        }
    }

    /// Its values as text, if they can be keys.
    pub(crate) fn texts(&self) -> Vec<String> {
        fn all<T: ToString>(values: &[Option<T>]) -> Vec<String> {
            values.iter().flatten().map(T::to_string).collect()
        }
        match self {
            Column::Int(values) => all(values),
            Column::BigInt(values) => all(values),
            Column::Text(values) => all(values),
            Column::Bool(_) | Column::Double(_) | Column::Bytes(_) => Vec::new(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What it holds that one of the databases, or JSON, does not have.
    pub(crate) fn unstorable(&self) -> Option<&'static str> {
        match self {
            Column::Double(values) if values.iter().flatten().any(|value| !value.is_finite()) => {
                Some("a number is infinite, or is not a number")
            }
            Column::Text(values) if values.iter().flatten().any(|value| value == cells::NOT_STORABLE) => {
                Some("a time has a year before 1 or after 9999, or a record holds what JSON does not have")
            }
            Column::Text(values) if values.iter().flatten().any(|value| value.as_bytes().contains(&0)) => {
                Some("a string contains a NUL character")
            }
            _ => None,
        }
    }

    /// Whether it holds a text that is too long for a key.
    pub(crate) fn is_long_key(&self) -> bool {
        matches!(self, Column::Text(values) if values.iter().flatten().any(|value| value.len() > LONGEST_KEY))
    }

    /// How its values are held in memory.
    pub fn ty(&self) -> ColumnType {
        match self {
            Column::Bool(_) => ColumnType::Bool,
            Column::Int(_) => ColumnType::Int,
            Column::BigInt(_) => ColumnType::BigInt,
            Column::Double(_) => ColumnType::Double,
            Column::Text(_) => ColumnType::Text,
            Column::Bytes(_) => ColumnType::Bytes,
        }
    }
}

/// A stored value that does not fit the type that reads it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stored value is invalid: {0}")]
pub struct RowError(pub String);

impl RowError {
    /// A stored text that is none of the values of `enumeration`.
    pub fn unknown(enumeration: &str, value: &str) -> Self {
        Self(format!("`{value}` is not a {enumeration}"))
    }
}

/// A value that is never stored: one of the databases, or JSON, does not have it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column `{column}`: {reason}")]
pub struct Unstorable {
    /// The column.
    pub column: &'static str,
    /// What it would hold.
    pub reason: &'static str,
}

/// A Rust type that is stored in one column.
pub trait Cell: Sized {
    /// How it is stored.
    const TYPE: ColumnType;
    /// Whether NULL is one of its values.
    const NULLABLE: bool = false;

    /// Appends this value to `column`, which is of [`Cell::TYPE`].
    fn put<'a>(&'a self, column: &mut Column<'a>);

    /// Reads the value of row `row`.
    ///
    /// # Errors
    /// [`RowError`] when the column holds another type, or NULL where the type has none.
    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError>;
}

fn misfit<T>(wanted: ColumnType, column: &Column<'_>) -> Result<T, RowError> {
    Err(RowError(format!("expected {wanted:?}, found {:?} or NULL", column.ty())))
}

macro_rules! copy_cell {
    ($rust:ty, $variant:ident) => {
        impl Cell for $rust {
            const TYPE: ColumnType = ColumnType::$variant;

            fn put<'a>(&'a self, column: &mut Column<'a>) {
                if let Column::$variant(values) = column {
                    values.push(Some(*self));
                }
            }

            fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
                match column {
                    Column::$variant(values) => match values.get(row) {
                        Some(Some(value)) => Ok(*value),
                        _ => misfit(Self::TYPE, column),
                    },
                    _ => misfit(Self::TYPE, column),
                }
            }
        }
    };
}

copy_cell!(bool, Bool);
copy_cell!(i32, Int);
copy_cell!(i64, BigInt);
copy_cell!(f64, Double);

impl Cell for String {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        if let Column::Text(values) = column {
            values.push(Some(Cow::Borrowed(self)));
        }
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        column.str(row).map(str::to_owned)
    }
}

impl<C: Cell> Cell for Option<C> {
    const TYPE: ColumnType = C::TYPE;
    const NULLABLE: bool = true;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        match self {
            Some(value) => value.put(column),
            None => column.push_null(),
        }
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        if column.is_null(row) {
            return Ok(None);
        }
        C::take(column, row).map(Some)
    }
}

impl Column<'_> {
    /// The same column, owning its text and bytes.
    pub fn into_owned(self) -> Column<'static> {
        fn own<T: ToOwned + ?Sized + 'static>(
            values: Vec<Option<Cow<'_, T>>>,
        ) -> Vec<Option<Cow<'static, T>>> {
            values.into_iter().map(|value| value.map(|value| Cow::Owned(value.into_owned()))).collect()
        }
        match self {
            Column::Bool(values) => Column::Bool(values),
            Column::Int(values) => Column::Int(values),
            Column::BigInt(values) => Column::BigInt(values),
            Column::Double(values) => Column::Double(values),
            Column::Text(values) => Column::Text(own(values)),
            Column::Bytes(values) => Column::Bytes(own(values)),
        }
    }

    /// The text of row `row`.
    ///
    /// # Errors
    /// [`RowError`] when the column holds another type, or NULL.
    pub fn str(&self, row: usize) -> Result<&str, RowError> {
        match self {
            Column::Text(values) => match values.get(row) {
                Some(Some(value)) => Ok(value),
                _ => misfit(ColumnType::Text, self),
            },
            _ => misfit(ColumnType::Text, self),
        }
    }

    /// Appends a text with a static lifetime, such as an enumeration's value.
    pub fn push_str(&mut self, value: &'static str) {
        if let Column::Text(values) = self {
            values.push(Some(Cow::Borrowed(value)));
        }
    }

    /// Appends NULL.
    pub fn push_null(&mut self) {
        match self {
            Column::Bool(values) => values.push(None),
            Column::Int(values) => values.push(None),
            Column::BigInt(values) => values.push(None),
            Column::Double(values) => values.push(None),
            Column::Text(values) => values.push(None),
            Column::Bytes(values) => values.push(None),
        }
    }

    /// Whether row `row` is NULL or not there.
    pub fn is_null(&self, row: usize) -> bool {
        match self {
            Column::Bool(values) => values.get(row).is_none_or(Option::is_none),
            Column::Int(values) => values.get(row).is_none_or(Option::is_none),
            Column::BigInt(values) => values.get(row).is_none_or(Option::is_none),
            Column::Double(values) => values.get(row).is_none_or(Option::is_none),
            Column::Text(values) => values.get(row).is_none_or(Option::is_none),
            Column::Bytes(values) => values.get(row).is_none_or(Option::is_none),
        }
    }
}

/// Writes one row, cell by cell, in the order of the table's columns.
pub struct RowWriter<'w, 'a> {
    columns: std::slice::IterMut<'w, Column<'a>>,
    /// How many cells are left out before the first that is written.
    skipped: usize,
}

impl<'w, 'a> RowWriter<'w, 'a> {
    /// A writer of the next row of `columns`.
    pub fn new(columns: &'w mut [Column<'a>]) -> Self {
        Self { columns: columns.iter_mut(), skipped: 0 }
    }

    /// A writer of one cell of a row, the one `at` this place, into `column`.
    pub(crate) fn only(at: usize, column: &'w mut Column<'a>) -> Self {
        Self { columns: std::slice::from_mut(column).iter_mut(), skipped: at }
    }

    /// Writes the next cell.
    pub fn put<C: Cell>(&mut self, value: &'a C) {
        if self.skipped > 0 {
            self.skipped -= 1;
        } else if let Some(column) = self.columns.next() {
            value.put(column);
        }
    }
}

/// Reads one row, cell by cell, in the order of the table's columns.
pub struct RowReader<'r> {
    columns: std::slice::Iter<'r, Column<'r>>,
    row: usize,
}

impl<'r> RowReader<'r> {
    /// A reader of row `row` of `columns`.
    pub fn new(columns: &'r [Column<'r>], row: usize) -> Self {
        Self { columns: columns.iter(), row }
    }

    /// Reads the next cell.
    ///
    /// # Errors
    /// [`RowError`] when the cell is missing or of another type.
    pub fn take<C: Cell>(&mut self) -> Result<C, RowError> {
        match self.columns.next() {
            Some(column) => C::take(column, self.row),
            None => Err(RowError("the row has too few columns".into())),
        }
    }
}
