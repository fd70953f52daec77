// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `packing` are stored.

use crate::packing::Parcel;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Parcel {
    type Key = i64;
    const NAME: &'static str = "Parcel";
    const TABLE: TableDef = TableDef {
        name: "parcel_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<String>("order_id").field("orderId")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()? })
    }
}
