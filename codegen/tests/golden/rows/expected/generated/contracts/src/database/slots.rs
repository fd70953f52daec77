// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `slots` are stored.

use crate::slots::{Slot, Visitor};
use crate::types::Level;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Slot {
    type Key = i64;
    const NAME: &'static str = "Slot";
    const TABLE: TableDef = TableDef {
        name: "slot_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<Option<i64>>("order_id").field("orderId"),
            ColumnDef::of::<i32>("free"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
        row.put(&self.free);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, free: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { id: 1, order_id: None, free: 2 }]
    }
}

impl Entity for Visitor {
    type Key = String;
    const NAME: &'static str = "Visitor";
    const TABLE: TableDef = TableDef {
        name: "visitor_tb",
        columns: &[
            ColumnDef::of::<String>("customer_id").field("customerId"),
            ColumnDef::of::<i32>("visits"),
            ColumnDef::of::<Level>("level").one_of(Level::VALUES),
            ColumnDef::of::<i32>("last"),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.customer_id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.customer_id);
        row.put(&self.visits);
        row.put(&self.level);
        row.put(&self.last);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { customer_id: row.take()?, visits: row.take()?, level: row.take()?, last: row.take()? })
    }
}
