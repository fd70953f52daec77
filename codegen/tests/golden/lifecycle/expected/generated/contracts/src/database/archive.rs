// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `archive` are stored.

use crate::archive::Entry;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Entry {
    type Key = i64;
    const NAME: &'static str = "Entry";
    const TABLE: TableDef = TableDef {
        name: "entry_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("claim_id").field("claimId"),
            ColumnDef::of::<i64>("amount"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.claim_id);
        row.put(&self.amount);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, claim_id: row.take()?, amount: row.take()? })
    }
}
