//! Columns in the text of statements. What PostgreSQL has a type for and SQLite keeps as text travels as text.

use crate::column::ColumnType;
use crate::entity::{ColumnDef, TableDef};
use crate::store::schema::{Dialect, quoted};
use crate::store::sql::Names;

pub(super) fn array_type(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Bool => "bool[]",
        ColumnType::Int => "int4[]",
        ColumnType::BigInt => "int8[]",
        ColumnType::Double => "float8[]",
        ColumnType::Text => "text[]",
        ColumnType::Bytes => "bytea[]",
        ColumnType::Decimal => "text[]::numeric[]",
        ColumnType::Uuid => "text[]::uuid[]",
        ColumnType::Timestamp => "text[]::timestamptz[]",
        ColumnType::Date => "text[]::date[]",
        ColumnType::Json => "text[]::jsonb[]",
    }
}

/// A column as it is read: what SQLite keeps as text comes as the same text, whatever the session's settings.
pub(super) fn selected(column: &ColumnDef) -> String {
    let name = quoted(column.name);
    match column.ty {
        ColumnType::Decimal | ColumnType::Uuid | ColumnType::Json => format!("{name}::text"),
        ColumnType::Timestamp => {
            format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        }
        ColumnType::Date => format!("to_char({name}, 'YYYY-MM-DD')"),
        _ => name,
    }
}

/// A single value of a column, which is bound as it is held in memory.
pub(super) fn parameter(at: usize, column: &ColumnDef) -> String {
    match column.ty {
        ColumnType::Decimal
        | ColumnType::Uuid
        | ColumnType::Timestamp
        | ColumnType::Date
        | ColumnType::Json => {
            format!("${at}::text::{}", Dialect::Postgres.type_name(column.ty))
        }
        _ => format!("${at}"),
    }
}

/// `UNNEST($1::int4[], …)` over the columns of a table, from parameter `first` on.
pub(super) fn unnest(def: &TableDef, first: usize) -> String {
    let arrays: Vec<String> = def
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!("${}::{}", first + at, array_type(column.ty)))
        .collect();
    format!("UNNEST({})", arrays.join(", "))
}

/// The names of a table whose columns are read as text where they are held as text.
pub(super) fn names(def: &TableDef) -> Names {
    let read: Vec<String> = def.columns.iter().map(selected).collect();
    Names { read: read.join(", "), ..Names::of(def) }
}
