// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `till` are stored.

use crate::till::{Day, Receipt};

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Receipt {
    type Key = String;
    const NAME: &'static str = "Receipt";
    const TABLE: TableDef = TableDef {
        name: "receipt_tb",
        columns: &[
            ColumnDef::of::<String>("cart_id").field("cartId"),
            ColumnDef::of::<i64>("total"),
            ColumnDef::of::<i32>("number"),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.cart_id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.cart_id);
        row.put(&self.total);
        row.put(&self.number);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { cart_id: row.take()?, total: row.take()?, number: row.take()? })
    }
}

impl Entity for Day {
    type Key = String;
    const NAME: &'static str = "Day";
    const TABLE: TableDef = TableDef {
        name: "day_tb",
        columns: &[
            ColumnDef::of::<String>("cart_id").field("cartId"),
            ColumnDef::of::<i64>("total"),
            ColumnDef::of::<i32>("number"),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.cart_id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.cart_id);
        row.put(&self.total);
        row.put(&self.number);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { cart_id: row.take()?, total: row.take()?, number: row.take()? })
    }
}
