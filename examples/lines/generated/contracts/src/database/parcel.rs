// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `parcel` are stored.

use crate::parcel::Parcel;
use crate::types::Line;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Parcel {
    type Key = i64;
    const NAME: &'static str = "Parcel";
    const TABLE: TableDef = TableDef {
        name: "parcel_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("order_id").field("orderId"),
            ColumnDef::of::<Vec<Line>>("lines"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
        row.put(&self.lines);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, lines: row.take()? })
    }
}
