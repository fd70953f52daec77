// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `delivery` are stored.

use crate::delivery::Delivery;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Delivery {
    type Key = i32;
    const NAME: &'static str = "Delivery";
    const TABLE: TableDef = TableDef {
        name: "delivery_tb",
        columns: &[
            ColumnDef::of::<i32>("id"),
            ColumnDef::of::<i32>("order_id").field("orderId"),
            ColumnDef::of::<String>("address"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
        row.put(&self.address);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, address: row.take()? })
    }
}
