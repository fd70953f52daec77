// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `product` are stored.

use crate::product::Product;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Product {
    type Key = i32;
    const NAME: &'static str = "Product";
    const TABLE: TableDef = TableDef {
        name: "product_tb",
        columns: &[
            ColumnDef::of::<i32>("id"),
            ColumnDef::of::<String>("name"),
            ColumnDef::of::<i32>("quantity"),
            ColumnDef::of::<i64>("price"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.name);
        row.put(&self.quantity);
        row.put(&self.price);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, name: row.take()?, quantity: row.take()?, price: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![
            Self { id: 1, name: "MacBook Pro".to_owned(), quantity: 10, price: 2500000 },
            Self { id: 2, name: "iPhone 15".to_owned(), quantity: 3, price: 1300000 },
            Self { id: 3, name: "AirPods".to_owned(), quantity: 10, price: 300000 },
        ]
    }
}
