// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `stock` are stored.

use crate::stock::Product;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Product {
    type Key = i64;
    const NAME: &'static str = "Product";
    const TABLE: TableDef = TableDef {
        name: "product_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<i32>("quantity")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.quantity);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, quantity: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { id: 1, quantity: 10 }, Self { id: 2, quantity: 3 }]
    }
}
