//! The text of the statements on an entity's table, written once a table.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::entity::{ColumnDef, TableDef};

use super::Equals;
use super::schema::quoted;

/// A table's name and columns, quoted, for the text of statements.
pub(super) struct Names {
    pub table: String,
    pub key: String,
    /// All columns, separated by commas.
    pub columns: String,
    /// All columns but the key.
    pub rest: Vec<String>,
}

impl Names {
    pub(super) fn of(def: &TableDef) -> Self {
        let columns: Vec<String> = def.columns.iter().map(|column| quoted(column.name)).collect();
        Self {
            table: quoted(def.name),
            key: quoted(def.key().name),
            columns: columns.join(", "),
            rest: columns.into_iter().skip(1).collect(),
        }
    }

    /// Reads a page of rows that have these values, with a parameter for each of them, for the key behind
    /// which the page begins, if there is one, and for the number of rows.
    pub(super) fn page(
        &self,
        reads: &str,
        equals: &[Equals],
        after: Option<&ColumnDef>,
        param: impl Fn(usize, Option<&ColumnDef>) -> String,
    ) -> String {
        let Self { table, key, .. } = self;
        let compared = equals.iter().map(|it| (it.column, "="));
        let compared = compared.chain(after.map(|key| (key, ">")));
        let conditions: Vec<String> = compared
            .enumerate()
            .map(|(at, (column, operator))| {
                format!("{} {operator} {}", quoted(column.name), param(at + 1, Some(column)))
            })
            .collect();
        let filter = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        let limit = param(conditions.len() + 1, None);
        // By the column, not by its text in the same statement.
        format!("SELECT {reads} FROM {table}{filter} ORDER BY {table}.{key} LIMIT {limit}")
    }
}

/// The statements of each table, so that their text is the same each time and
/// the database finds the plan it has.
pub(super) struct Catalog<S> {
    tables: Mutex<HashMap<&'static str, Arc<S>>>,
}

impl<S> Default for Catalog<S> {
    fn default() -> Self {
        Self { tables: Mutex::new(HashMap::new()) }
    }
}

impl<S> Catalog<S> {
    /// The statements of the table `def`, written by `write` the first time.
    pub(super) fn of(&self, def: &TableDef, write: impl FnOnce(&TableDef) -> S) -> Arc<S> {
        // A poisoned map holds nothing half-written: entries are inserted whole.
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tables.entry(def.name).or_insert_with(|| Arc::new(write(def))))
    }
}
