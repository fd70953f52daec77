// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `points` are stored.

use crate::points::Points;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Points {
    type Key = String;
    const NAME: &'static str = "Points";
    const TABLE: TableDef = TableDef {
        name: "points_tb",
        columns: &[
            ColumnDef::of::<String>("customer_id").field("customerId"),
            ColumnDef::of::<i64>("points"),
            ColumnDef::of::<i64>("last"),
            ColumnDef::of::<Vec<String>>("tags"),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.customer_id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.customer_id);
        row.put(&self.points);
        row.put(&self.last);
        row.put(&self.tags);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { customer_id: row.take()?, points: row.take()?, last: row.take()?, tags: row.take()? })
    }
}
