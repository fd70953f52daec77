//! PostgreSQL's rows as columns, and its errors as [`StoreError`]s.

use std::borrow::Cow;

use sqlx::Row as _;
use sqlx::postgres::{PgDatabaseError, PgRow, Postgres};

use crate::column::{Column, ColumnType};
use crate::entity::ColumnDef;
use crate::store::{Result, StoreError};

use super::settings::refused_parameter;

/// The rows found, column by column. Text and bytes are borrowed from the rows.
pub(super) fn columns_from<'r>(defs: &[ColumnDef], rows: &'r [PgRow]) -> Result<Vec<Column<'r>>> {
    defs.iter().enumerate().map(|(at, def)| column_from(def.ty, at, rows)).collect()
}

fn column_from(ty: ColumnType, at: usize, rows: &[PgRow]) -> Result<Column<'_>> {
    fn all<'r, T, C>(rows: &'r [PgRow], at: usize, convert: impl Fn(T) -> C) -> Result<Vec<Option<C>>>
    where
        T: sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
    {
        let cell = |row: &'r PgRow| Ok(row.try_get::<Option<T>, _>(at).map_err(failed)?.map(&convert));
        rows.iter().map(cell).collect()
    }
    Ok(match ty {
        ColumnType::Bool => Column::Bool(all(rows, at, |value| value)?),
        ColumnType::Int => Column::Int(all(rows, at, |value| value)?),
        ColumnType::BigInt => Column::BigInt(all(rows, at, |value| value)?),
        ColumnType::Double => Column::Double(all(rows, at, |value| value)?),
        ColumnType::Text
        | ColumnType::Decimal
        | ColumnType::Uuid
        | ColumnType::Timestamp
        | ColumnType::Date
        | ColumnType::Json => Column::Text(all(rows, at, Cow::<str>::Borrowed)?),
        ColumnType::Bytes => Column::Bytes(all(rows, at, Cow::<[u8]>::Borrowed)?),
    })
}

/// The cell `at` of a row of the protocol's own tables.
pub(super) fn cell<'r, T>(row: &'r PgRow, at: usize) -> Result<T>
where
    T: sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
{
    row.try_get(at).map_err(failed)
}

const UNIQUE_VIOLATION: &str = "23505";
const MISSING_RIGHT: &str = "42501";

/// What a failed statement means.
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    let text = error.to_string();
    match &error {
        // The statement was prepared for a table that was altered since: another connection will do.
        sqlx::Error::Database(_) if routine(&error) == Some("RevalidateCachedQuery") => {
            StoreError::Unavailable(text)
        }
        sqlx::Error::Database(cause) => {
            let place = cause.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::r#where);
            of_state(&state(&error), place.map_or(text.clone(), |place| format!("{text}, {place}")))
        }
        sqlx::Error::Configuration(_) => StoreError::Incompatible(text),
        sqlx::Error::Encode(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::InvalidArgument(_) => StoreError::Refused(text),
        _ => StoreError::Unavailable(text),
    }
}

/// What a SQLSTATE means.
fn of_state(state: &str, text: String) -> StoreError {
    let class = state.get(..2).unwrap_or_default();
    match (class, state) {
        // Serialization failures and deadlocks.
        ("40", _) => StoreError::Conflict(text),
        (_, "55P03") => StoreError::Locked(text),
        // Connections, resources, operators (a shutdown, a timeout), the system, and PostgreSQL itself.
        ("08" | "53" | "57" | "58" | "XX", _) => StoreError::Unavailable(text),
        // A transaction that idled too long or has failed before, and a server that became a read-only standby.
        ("25", _) => StoreError::Unavailable(text),
        // A standby, and statements that a pooler has lost.
        ("55" | "26", _) => StoreError::Unavailable(text),
        // Credentials, and a database that is not there: both may be put right while we wait.
        ("28" | "3D", _) => StoreError::Unavailable(text),
        (_, "42501") => StoreError::Incompatible(format!(
            "{text}; the service's command `plan` shows the rights that it needs"
        )),
        // Tables or columns are missing: the schema was changed.
        ("42" | "3F", _) => StoreError::Incompatible(text),
        // It does not go away by itself: data (22), constraints (23), limits (54), what a trigger raises (P0),
        // and what this server does not have (0A).
        _ => StoreError::Refused(text),
    }
}

/// The function of the server that reports an error; unlike the text, it is not translated.
fn routine(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?.routine()
}

/// What a failed insertion of entities means: another transaction may have taken the key.
pub(super) fn insertion_failed(error: sqlx::Error) -> StoreError {
    if state(&error) == UNIQUE_VIOLATION {
        return StoreError::Conflict(error.to_string());
    }
    failed(error)
}

/// What a failed COMMIT means: unless the server says why it did not commit, it may have.
pub(super) fn commit_failed(error: sqlx::Error) -> StoreError {
    match failed(error) {
        StoreError::Unavailable(text) | StoreError::Incompatible(text) => StoreError::CommitUnknown(text),
        known => known,
    }
}

/// What a failed attempt to connect means.
pub(super) fn connect_failed(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Configuration(_) => StoreError::Incompatible(error.to_string()),
        // The role may not connect to this database: no password that is rotated changes that.
        error if state(&error) == MISSING_RIGHT => failed(error),
        error => {
            let text = error.to_string();
            refused_parameter(&text).unwrap_or(StoreError::Unavailable(text))
        }
    }
}

pub(super) fn state(error: &sqlx::Error) -> Cow<'_, str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_says_what_to_do_next() {
        let kind = |state: &str| match of_state(state, String::new()) {
            StoreError::Conflict(_) => "again",
            StoreError::Locked(_) => "without it",
            StoreError::Unavailable(_) => "wait",
            StoreError::Refused(_) => "never",
            StoreError::Incompatible(_) => "stop",
            _ => "?",
        };
        for (state, expected) in [
            ("40001", "again"),
            ("40P01", "again"),
            ("55P03", "without it"),
            ("08006", "wait"),
            ("57P01", "wait"),
            ("57014", "wait"),
            ("53300", "wait"),
            ("25P03", "wait"),
            ("25006", "wait"),
            ("55000", "wait"),
            ("53100", "wait"),
            ("58030", "wait"),
            ("28P01", "wait"),
            ("3D000", "wait"),
            ("0A000", "never"),
            ("21000", "never"),
            ("22003", "never"),
            ("22021", "never"),
            ("22P05", "never"),
            ("23502", "never"),
            ("23514", "never"),
            ("54000", "never"),
            ("P0001", "never"),
            ("42501", "stop"),
            ("42P01", "stop"),
        ] {
            assert_eq!(kind(state), expected, "{state}");
        }
    }

    #[test]
    fn a_commit_without_an_answer_is_unknown() {
        let lost = || sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert!(matches!(commit_failed(lost()), StoreError::CommitUnknown(_)));
        assert!(matches!(failed(lost()), StoreError::Unavailable(_)));
    }
}
