// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `packing` are stored.

use crate::packing::{Bench, Parcel};

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Parcel {
    type Key = i64;
    const NAME: &'static str = "Parcel";
    const TABLE: TableDef = TableDef {
        name: "parcel_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("order_id").field("orderId"),
            ColumnDef::of::<i64>("weight"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
        row.put(&self.weight);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, weight: row.take()? })
    }
}

impl Entity for Bench {
    type Key = i64;
    const NAME: &'static str = "Bench";
    const TABLE: TableDef = TableDef {
        name: "bench_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("order_id").field("orderId"),
            ColumnDef::of::<i64>("total"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
        row.put(&self.total);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, total: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { id: 1, order_id: 0, total: 0 }]
    }
}
