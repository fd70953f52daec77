// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `flight` are stored.

use crate::flight::Flight;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Flight {
    type Key = String;
    const NAME: &'static str = "Flight";
    const TABLE: TableDef = TableDef {
        name: "flight_tb",
        columns: &[ColumnDef::of::<String>("flight"), ColumnDef::of::<i32>("seats")],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.flight
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.flight);
        row.put(&self.seats);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { flight: row.take()?, seats: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { flight: "KE123".to_owned(), seats: 180 }, Self { flight: "KE999".to_owned(), seats: 1 }]
    }
}
