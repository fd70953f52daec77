//! SQLite's rows as columns, and its errors as [`StoreError`]s.

use std::borrow::Cow;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::column::{Column, ColumnType};
use crate::entity::ColumnDef;
use crate::store::{Result, StoreError};

/// The rows found, column by column. Text and bytes are borrowed from the rows.
pub(super) fn columns_from<'r>(defs: &[ColumnDef], rows: &'r [SqliteRow]) -> Result<Vec<Column<'r>>> {
    defs.iter().enumerate().map(|(at, def)| column_from(def, at, rows)).collect()
}

fn column_from<'r>(def: &ColumnDef, at: usize, rows: &'r [SqliteRow]) -> Result<Column<'r>> {
    fn all<'r, T, C>(
        rows: &'r [SqliteRow],
        at: usize,
        convert: impl Fn(T) -> Result<C>,
    ) -> Result<Vec<Option<C>>>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        let cell =
            |row: &'r SqliteRow| row.try_get::<Option<T>, _>(at).map_err(failed)?.map(&convert).transpose();
        rows.iter().map(cell).collect()
    }
    Ok(match def.ty {
        ColumnType::Bool => Column::Bool(all(rows, at, |value: i64| Ok(value != 0))?),
        ColumnType::Int => Column::Int(all(rows, at, |value: i64| {
            let narrow =
                |_| StoreError::Refused(format!("{value} in column `{}` has more than 32 bits", def.name));
            i32::try_from(value).map_err(narrow)
        })?),
        ColumnType::BigInt => Column::BigInt(all(rows, at, Ok)?),
        ColumnType::Double => Column::Double(all(rows, at, Ok)?),
        ColumnType::Text
        | ColumnType::Decimal
        | ColumnType::Uuid
        | ColumnType::Timestamp
        | ColumnType::Date
        | ColumnType::Json => Column::Text(all(rows, at, |value: &str| Ok(Cow::Borrowed(value)))?),
        ColumnType::Bytes => Column::Bytes(all(rows, at, |value: &[u8]| Ok(Cow::Borrowed(value)))?),
    })
}

/// The cell `at` of a row of the protocol's own tables.
pub(super) fn cell<'r, T>(row: &'r SqliteRow, at: usize) -> Result<T>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(at).map_err(failed)
}

const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const ERROR: i32 = 1;
const PERMISSION: i32 = 3;
const READ_ONLY: i32 = 8;
const CORRUPT: i32 = 11;
const NOT_A_DATABASE: i32 = 26;
const TOO_BIG: i32 = 18;
const CONSTRAINT: i32 = 19;
const MISMATCH: i32 = 20;
/// CONSTRAINT by UNIQUE, PRIMARY KEY and ROWID.
const DUPLICATES: [i32; 3] = [2067, 1555, 2579];

/// What a failed statement means.
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    let text = error.to_string();
    match &error {
        sqlx::Error::Database(_) => match code(&error) & 0xff {
            BUSY | LOCKED => StoreError::Locked(text),
            TOO_BIG | CONSTRAINT | MISMATCH => StoreError::Refused(text),
            // No such table or column: the schema was changed.
            ERROR => StoreError::Incompatible(text),
            // The file is none that could be used: nothing that waiting would change.
            PERMISSION | READ_ONLY | CORRUPT | NOT_A_DATABASE => StoreError::Incompatible(text),
            _ => StoreError::Unavailable(text),
        },
        sqlx::Error::Configuration(_) => StoreError::Incompatible(text),
        sqlx::Error::Encode(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::InvalidArgument(_) => StoreError::Refused(text),
        _ => StoreError::Unavailable(text),
    }
}

/// What a failed insertion of entities means: another transaction may have taken the key.
pub(super) fn insertion_failed(error: sqlx::Error) -> StoreError {
    if DUPLICATES.contains(&code(&error)) {
        return StoreError::Conflict(error.to_string());
    }
    failed(error)
}

/// What a failed COMMIT means. After an I/O error SQLite cannot say which of
/// the pages written will be found after a restart.
pub(super) fn commit_failed(error: sqlx::Error) -> StoreError {
    match failed(error) {
        StoreError::Unavailable(text) | StoreError::Incompatible(text) => StoreError::CommitUnknown(text),
        known => known,
    }
}

fn code(error: &sqlx::Error) -> i32 {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// A key column as a JSON array, which is how SQLite takes a list.
pub(super) fn json_of(keys: &Column<'_>) -> Result<String> {
    let json = match keys {
        Column::Int(keys) => serde_json::to_string(keys),
        Column::BigInt(keys) => serde_json::to_string(keys),
        Column::Text(keys) => serde_json::to_string(keys),
        other => return Err(StoreError::Refused(format!("a {:?} cannot be a key", other.ty()))),
    };
    json.map_err(|error| StoreError::Refused(error.to_string()))
}
