//! An entity's table in memory.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::column::Column;
use crate::entity::{ColumnDef, TableDef};
use crate::store::schema::{FoundColumn, constraint_name, literal};
use crate::store::{Equals, Result, StoreError};

/// A stored cell.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Null,
    Bool(bool),
    Int(i32),
    BigInt(i64),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A primary key, in the order the databases give rows out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum KeyValue {
    Number(i64),
    Text(String),
}

impl std::fmt::Display for KeyValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            KeyValue::Number(number) => number.fmt(f),
            KeyValue::Text(text) => text.fmt(f),
        }
    }
}

impl Value {
    fn of(column: &Column<'_>, row: usize) -> Self {
        let value = match column {
            Column::Bool(values) => values[row].map(Value::Bool),
            Column::Int(values) => values[row].map(Value::Int),
            Column::BigInt(values) => values[row].map(Value::BigInt),
            Column::Double(values) => values[row].map(Value::Double),
            Column::Text(values) => values[row].as_deref().map(|text| Value::Text(text.to_owned())),
            Column::Bytes(values) => values[row].as_deref().map(|bytes| Value::Bytes(bytes.to_owned())),
        };
        value.unwrap_or(Value::Null)
    }

    fn push<'a>(&'a self, column: &mut Column<'a>) {
        match (self, column) {
            (Value::Bool(value), Column::Bool(values)) => values.push(Some(*value)),
            (Value::Int(value), Column::Int(values)) => values.push(Some(*value)),
            (Value::BigInt(value), Column::BigInt(values)) => values.push(Some(*value)),
            (Value::Double(value), Column::Double(values)) => values.push(Some(*value)),
            (Value::Text(value), Column::Text(values)) => values.push(Some(Cow::Borrowed(value))),
            (Value::Bytes(value), Column::Bytes(values)) => values.push(Some(Cow::Borrowed(value))),
            (_, column) => column.push_null(),
        }
    }
}

/// The keys in a column.
pub(super) fn keys_of(column: &Column<'_>) -> Result<Vec<KeyValue>> {
    let key = |row| match Value::of(column, row) {
        Value::Int(number) => Ok(KeyValue::Number(number.into())),
        Value::BigInt(number) => Ok(KeyValue::Number(number)),
        Value::Text(text) => Ok(KeyValue::Text(text)),
        other => Err(StoreError::Refused(format!("{other:?} cannot be a key"))),
    };
    (0..column.len()).map(key).collect()
}

/// A table and its rows.
#[derive(Debug, Clone)]
pub(super) struct MemoryTable {
    name: &'static str,
    columns: &'static [ColumnDef],
    rows: BTreeMap<KeyValue, Row>,
}

#[derive(Debug, Clone)]
struct Row {
    cells: Vec<Value>,
    created_ms: i64,
}

impl MemoryTable {
    pub(super) fn new(def: &TableDef) -> Self {
        Self { name: def.name, columns: def.columns, rows: BTreeMap::new() }
    }

    /// The columns, described as a database would.
    pub(super) fn described(&self, describe: impl Fn(&ColumnDef) -> String) -> Vec<FoundColumn> {
        let def = TableDef { name: self.name, columns: self.columns, allocated: false };
        let found = |(at, column): (usize, &ColumnDef)| {
            let values: Vec<String> = column.values.iter().map(|value| literal(value)).collect();
            let check = format!("{} ({})", constraint_name(&def, column), values.join(", "));
            FoundColumn {
                name: column.name.to_owned(),
                ty: describe(column),
                nullable: column.nullable,
                in_key: at == 0,
                defaulted: false,
                indexed: column.lookup,
                check: (!values.is_empty()).then_some(check),
            }
        };
        self.columns.iter().enumerate().map(found).collect()
    }

    /// Writes rows that are given by the column; `fresh` ones must not be there yet.
    pub(super) fn write(&mut self, columns: &[Column<'_>], fresh: bool, now_ms: i64) -> Result<()> {
        let Some(keys) = columns.first() else { return Ok(()) };
        for (row, key) in keys_of(keys)?.into_iter().enumerate() {
            let cells: Vec<Value> = columns.iter().map(|column| Value::of(column, row)).collect();
            self.check(&cells)?;
            if fresh && self.rows.contains_key(&key) {
                return Err(StoreError::Conflict(format!("{} has a row {key:?} already", self.name)));
            }
            let created_ms = self.rows.get(&key).map_or(now_ms, |row| row.created_ms);
            self.rows.insert(key, Row { cells, created_ms });
        }
        Ok(())
    }

    fn check(&self, cells: &[Value]) -> Result<()> {
        for (column, cell) in self.columns.iter().zip(cells) {
            let fits = match cell {
                Value::Null => column.nullable,
                Value::Text(text) => column.values.is_empty() || column.values.contains(&text.as_str()),
                _ => true,
            };
            if !fits {
                let reason = format!("column {} of {} cannot be {cell:?}", column.name, self.name);
                return Err(StoreError::Refused(reason));
            }
        }
        Ok(())
    }

    /// The keys of the rows whose `column` has one of `values`, each with that value as text.
    pub(super) fn find_by(&self, column: &ColumnDef, values: &Column<'_>) -> Vec<(KeyValue, String)> {
        let Some(at) = self.columns.iter().position(|def| def.name == column.name) else { return Vec::new() };
        let texts = values.texts();
        let wanted: Vec<_> = (0..values.len()).map(|row| Value::of(values, row)).zip(texts).collect();
        let value = |row: &Row| {
            wanted.iter().find(|(value, _)| row.cells[at] == *value).map(|(_, text)| text.clone())
        };
        self.rows.iter().filter_map(|(key, row)| Some((key.clone(), value(row)?))).collect()
    }

    /// The rows with these keys, in key order.
    pub(super) fn read<'t>(&'t self, keys: &'t [KeyValue]) -> Vec<Column<'t>> {
        let mut keys: Vec<&KeyValue> = keys.iter().collect();
        keys.sort_unstable();
        keys.dedup();
        self.columns(keys.into_iter().filter_map(|key| self.rows.get(key)))
    }

    /// The first `limit` rows behind `after` that have these values.
    pub(super) fn page(&self, equals: &[Equals], after: Option<&KeyValue>, limit: usize) -> Vec<Column<'_>> {
        let start = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let place = |it: &Equals| self.columns.iter().position(|column| column.name == it.column.name);
        let wanted: Vec<_> = equals.iter().map(|it| (place(it), it)).collect();
        let has = |row: &Row, (at, wanted): &(Option<usize>, &Equals)| {
            at.and_then(|at| row.cells.get(at)).is_some_and(|cell| {
                let mut found = Column::with_capacity(wanted.column.ty, 1);
                cell.push(&mut found);
                wanted.holds(&found)
            })
        };
        let rows = self.rows.range((start, std::ops::Bound::Unbounded)).map(|row| row.1);
        self.columns(rows.filter(|row| wanted.iter().all(|wanted| has(row, wanted))).take(limit))
    }

    /// The highest key, for a table whose keys are allocated.
    pub(super) fn highest(&self) -> i64 {
        match self.rows.last_key_value() {
            Some((KeyValue::Number(number), _)) => *number,
            _ => 0,
        }
    }

    /// When the oldest row was created whose saga has not ended.
    pub(super) fn oldest_open(&self) -> Option<i64> {
        let status = self.columns.iter().position(|column| !column.open.is_empty())?;
        let open = self.columns[status].open;
        let is_open =
            |row: &&Row| matches!(&row.cells[status], Value::Text(text) if open.contains(&text.as_str()));
        self.rows.values().filter(is_open).map(|row| row.created_ms).min()
    }

    fn columns<'t>(&'t self, rows: impl Iterator<Item = &'t Row>) -> Vec<Column<'t>> {
        let mut columns: Vec<Column<'t>> =
            self.columns.iter().map(|column| Column::with_capacity(column.ty, 0)).collect();
        for row in rows {
            for (cell, column) in row.cells.iter().zip(&mut columns) {
                cell.push(column);
            }
        }
        columns
    }
}
