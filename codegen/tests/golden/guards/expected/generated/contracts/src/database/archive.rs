// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `archive` are stored.

use crate::archive::File;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for File {
    type Key = i64;
    const NAME: &'static str = "File";
    const TABLE: TableDef = TableDef {
        name: "file_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<i64>("loan_id").field("loanId")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.loan_id);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, loan_id: row.take()? })
    }
}
