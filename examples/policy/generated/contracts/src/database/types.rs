// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the types that rows share are stored.

use std::str::FromStr;

use saga_runtime::{Cell, Column, ColumnType, RowError};

use crate::types::{Address, Cover};

impl FromStr for Cover {
    type Err = RowError;

    fn from_str(text: &str) -> Result<Self, RowError> {
        match text {
            "basic" => Ok(Self::Basic),
            "full" => Ok(Self::Full),
            other => Err(RowError::unknown("Cover", other)),
        }
    }
}

impl Cell for Cover {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        column.str(row)?.parse()
    }
}

impl Cell for Address {
    const TYPE: ColumnType = ColumnType::Json;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_json(self);
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        column.json(row)
    }
}
