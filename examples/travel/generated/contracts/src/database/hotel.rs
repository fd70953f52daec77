// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `hotel` are stored.

use crate::hotel::Hotel;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Hotel {
    type Key = String;
    const NAME: &'static str = "Hotel";
    const TABLE: TableDef = TableDef {
        name: "hotel_tb",
        columns: &[ColumnDef::of::<String>("hotel"), ColumnDef::of::<i32>("rooms")],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.hotel
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.hotel);
        row.put(&self.rooms);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { hotel: row.take()?, rooms: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { hotel: "Grand".to_owned(), rooms: 100 }, Self { hotel: "Full".to_owned(), rooms: 0 }]
    }
}
