// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `assessors` are stored.

use crate::assessors::{Report, Town};

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Town {
    type Key = String;
    const NAME: &'static str = "Town";
    const TABLE: TableDef = TableDef {
        name: "town_tb",
        columns: &[ColumnDef::of::<String>("place"), ColumnDef::of::<i32>("visits")],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.place
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.place);
        row.put(&self.visits);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { place: row.take()?, visits: row.take()? })
    }
}

impl Entity for Report {
    type Key = i64;
    const NAME: &'static str = "Report";
    const TABLE: TableDef = TableDef {
        name: "report_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("claim_id").field("claimId"),
            ColumnDef::of::<String>("text"),
            ColumnDef::of::<String>("note"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.claim_id);
        row.put(&self.text);
        row.put(&self.note);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, claim_id: row.take()?, text: row.take()?, note: row.take()? })
    }
}
