// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `catalogue` are stored.

use crate::catalogue::Price;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Price {
    type Key = String;
    const NAME: &'static str = "Price";
    const TABLE: TableDef = TableDef {
        name: "price_tb",
        columns: &[ColumnDef::of::<String>("code"), ColumnDef::of::<i64>("amount")],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.code
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.code);
        row.put(&self.amount);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { code: row.take()?, amount: row.take()? })
    }
}
