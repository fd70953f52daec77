// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `restaurant` are stored.

use crate::restaurant::Restaurant;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Restaurant {
    type Key = i64;
    const NAME: &'static str = "Restaurant";
    const TABLE: TableDef = TableDef {
        name: "restaurant_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<i32>("capacity")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.capacity);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, capacity: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { id: 1, capacity: 3 }, Self { id: 2, capacity: 0 }]
    }
}
