//! The statements on table rows, and how their parameters are bound.
//!
//! They are made as [`protocol`](super::protocol) says.

use std::sync::Arc;

use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;

use crate::column::{Column, ColumnType};
use crate::entity::{ColumnDef, TableDef};
use crate::mutation::{self, Mutation};
use crate::store::Equals;
use crate::store::schema::{Dialect, quoted};
use crate::store::sql::Names;

pub(super) type PostgresQuery<'q> = Query<'q, Postgres, PgArguments>;

/// Binds a column as one array.
pub(super) fn bind_column<'q>(query: PostgresQuery<'q>, column: &Column<'_>) -> PostgresQuery<'q> {
    match column {
        Column::Bool(values) => query.bind(values),
        Column::Int(values) => query.bind(values),
        Column::BigInt(values) => query.bind(values),
        Column::Double(values) => query.bind(values),
        Column::Text(values) => query.bind(values),
        Column::Bytes(values) => {
            query.bind(values.iter().map(|value| value.as_deref()).collect::<Vec<Option<&[u8]>>>())
        }
    }
}

/// Binds the value of row `row` of `column`.
pub(super) fn bind_cell<'q>(query: PostgresQuery<'q>, column: &Column<'_>, row: usize) -> PostgresQuery<'q> {
    match column {
        Column::Bool(values) => query.bind(values[row]),
        Column::Int(values) => query.bind(values[row]),
        Column::BigInt(values) => query.bind(values[row]),
        Column::Double(values) => query.bind(values[row]),
        Column::Text(values) => query.bind(values[row].as_deref()),
        Column::Bytes(values) => query.bind(values[row].as_deref()),
    }
}

fn array_type(ty: ColumnType) -> &'static str {
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
fn selected(column: &ColumnDef) -> String {
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
fn parameter(at: usize, column: &ColumnDef) -> String {
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
fn unnest(def: &TableDef, first: usize) -> String {
    let arrays: Vec<String> = def
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!("${}::{}", first + at, array_type(column.ty)))
        .collect();
    format!("UNNEST({})", arrays.join(", "))
}

/// The statements of one entity's table.
pub(super) struct TableStatements {
    pub load: Arc<str>,
    /// Loads the rows with these keys, and locks none.
    pub read: Arc<str>,
    /// Loads the rows with these keys, and those that have one of the values of a column that rows are
    /// looked up by.
    pub load_by: Arc<str>,
    pub find: Arc<str>,
    pub first_page: Arc<str>,
    pub next_page: Arc<str>,
    pub insert: Arc<str>,
    /// Inserts, and raises the next free key by `$1`.
    pub insert_numbered: Arc<str>,
    /// `None` when there is nothing beside the key.
    pub update: Option<Arc<str>>,
    /// The wanted rows that another transaction holds locked; locks the others.
    pub locked: Arc<str>,
    /// The same by each column that rows are looked up by; returns its values.
    pub locked_by: Vec<Arc<str>>,
    /// `None` when the rows have no status.
    pub oldest_open: Option<Arc<str>>,
}

impl TableStatements {
    pub(super) fn of(def: &TableDef) -> Self {
        let (first_page, next_page) = (page(def, &[], false), page(def, &[], true));
        let Names { table, key, columns, rest } = Names::of(def);
        let array = array_type(def.key().ty);
        let read: Vec<String> = def.columns.iter().map(selected).collect();
        let select = format!("SELECT {} FROM {table}", read.join(", "));
        // By the column, not by its text in the same statement.
        let order = format!("ORDER BY {table}.{key}");
        let insert = |first| format!("INSERT INTO {table} ({columns}) SELECT * FROM {}", unnest(def, first));
        let set: Vec<String> = rest.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        // The rows are all there, and locked. Still not `UPDATE … FROM UNNEST(…)`: that is a join, and may
        // read the whole table. Finding the row of a conflict takes one look into the key's index.
        let update = format!("{} ON CONFLICT ({key}) DO UPDATE SET {}", insert(1), set.join(", "));
        let lock = if mutation::active(Mutation::LostUpdate) || mutation::active(Mutation::HotProduct) {
            ""
        } else {
            " FOR NO KEY UPDATE"
        };
        let locked = |column: &ColumnDef| -> Arc<str> {
            let (name, array, text) = (quoted(column.name), array_type(column.ty), selected(column));
            format!(
                "WITH free AS MATERIALIZED (SELECT {key} FROM {table} WHERE {name} = ANY($1::{array})
                   FOR NO KEY UPDATE SKIP LOCKED)
                 SELECT {text}::text FROM {table} AS t WHERE {name} = ANY($1::{array})
                   AND NOT EXISTS (SELECT FROM free WHERE free.{key} = t.{key})"
            )
            .into()
        };
        // The keys are looked up first: a row is locked by its key, in the order of all keys.
        let keys = def.lookups().enumerate().map(|(at, column)| {
            let (name, array) = (quoted(column.name), array_type(column.ty));
            format!(" || ARRAY(SELECT {key} FROM {table} WHERE {name} = ANY(${}::{array}))", at + 2)
        });
        let keys: String = keys.collect();
        Self {
            load: format!("{select} WHERE {key} = ANY($1::{array}) {order}{lock}").into(),
            read: format!("{select} WHERE {key} = ANY($1::{array}) {order}").into(),
            load_by: format!("{select} WHERE {key} = ANY($1::{array}{keys}) {order}{lock}").into(),
            locked: locked(def.key()),
            locked_by: def.lookups().map(locked).collect(),
            find: format!("{select} WHERE {key} = {}", parameter(1, def.key())).into(),
            first_page: first_page.into(),
            next_page: next_page.into(),
            insert: insert(1).into(),
            insert_numbered: format!(
                "WITH used AS (UPDATE saga_id SET next = next + $1 WHERE entity = $2) {}",
                insert(3)
            )
            .into(),
            update: (!set.is_empty()).then(|| update.into()),
            oldest_open: Dialect::Postgres.oldest_open(def).map(Arc::from),
        }
    }
}

/// Reads a page of rows that have these values.
pub(super) fn page(def: &TableDef, equals: &[Equals], after: bool) -> String {
    let reads: Vec<String> = def.columns.iter().map(selected).collect();
    let param = |at: usize, column: Option<&ColumnDef>| {
        column.map_or_else(|| format!("${at}"), |column| parameter(at, column))
    };
    Names::of(def).page(&reads.join(", "), equals, after.then(|| def.key()), param)
}
