// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `rooms` are stored.

use crate::rooms::Room;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Room {
    type Key = i32;
    const NAME: &'static str = "Room";
    const TABLE: TableDef = TableDef {
        name: "room_tb",
        columns: &[ColumnDef::of::<i32>("id"), ColumnDef::of::<bool>("free")],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.free);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, free: row.take()? })
    }
}
