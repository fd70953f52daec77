// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `consulate` are stored.

use crate::consulate::{Letter, Sticker};

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Sticker {
    type Key = i64;
    const NAME: &'static str = "Sticker";
    const TABLE: TableDef = TableDef {
        name: "sticker_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<i64>("visa_id").field("visaId")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.visa_id);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, visa_id: row.take()? })
    }
}

impl Entity for Letter {
    type Key = i64;
    const NAME: &'static str = "Letter";
    const TABLE: TableDef = TableDef {
        name: "letter_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<i64>("visa_id").field("visaId")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.visa_id);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, visa_id: row.take()? })
    }
}
