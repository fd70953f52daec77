// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `stock` are stored.

use crate::stock::Item;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Item {
    type Key = String;
    const NAME: &'static str = "Item";
    const TABLE: TableDef = TableDef {
        name: "item_tb",
        columns: &[
            ColumnDef::of::<String>("sku"),
            ColumnDef::of::<i32>("pieces"),
            ColumnDef::of::<i64>("price"),
            ColumnDef::of::<Option<String>>("shelf"),
            ColumnDef::of::<f64>("weight"),
            ColumnDef::of::<bool>("fragile"),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.sku
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.sku);
        row.put(&self.pieces);
        row.put(&self.price);
        row.put(&self.shelf);
        row.put(&self.weight);
        row.put(&self.fragile);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            sku: row.take()?,
            pieces: row.take()?,
            price: row.take()?,
            shelf: row.take()?,
            weight: row.take()?,
            fragile: row.take()?,
        })
    }

    fn seed() -> Vec<Self> {
        vec![
            Self {
                sku: "a-1".to_owned(),
                pieces: 10,
                price: 250,
                shelf: Some("3 \"left\"".to_owned()),
                weight: 1.0,
                fragile: false,
            },
            Self {
                sku: "b\\2".to_owned(),
                pieces: -1,
                price: 9000000000,
                shelf: None,
                weight: 0.0025,
                fragile: true,
            },
        ]
    }
}
