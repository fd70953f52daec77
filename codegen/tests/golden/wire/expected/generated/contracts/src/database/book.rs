// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `book` are stored.

use crate::book::Book;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Book {
    type Key = i64;
    const NAME: &'static str = "Book";
    const TABLE: TableDef = TableDef {
        name: "book_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<i64>("total")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.total);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, total: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { id: 1, total: 0 }]
    }
}
