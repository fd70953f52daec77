// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `desk` are stored.

use crate::desk::Ticket;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Ticket {
    type Key = i64;
    const NAME: &'static str = "Ticket";
    const TABLE: TableDef = TableDef {
        name: "ticket_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<String>("question")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.question);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, question: row.take()? })
    }
}
