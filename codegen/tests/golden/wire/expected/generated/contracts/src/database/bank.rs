// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `bank` are stored.

use crate::bank::{Account, Slip};

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Account {
    type Key = i64;
    const NAME: &'static str = "Account";
    const TABLE: TableDef = TableDef {
        name: "account_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<String>("owner"),
            ColumnDef::of::<i64>("last"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.owner);
        row.put(&self.last);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, owner: row.take()?, last: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![
            Self { id: 1, owner: "Kim".to_owned(), last: 0 },
            Self { id: 2, owner: "Lee".to_owned(), last: 0 },
        ]
    }
}

impl Entity for Slip {
    type Key = String;
    const NAME: &'static str = "Slip";
    const TABLE: TableDef = TableDef {
        name: "slip_tb",
        columns: &[ColumnDef::of::<String>("slip"), ColumnDef::of::<i64>("wire_id").field("wireId")],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.slip
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.slip);
        row.put(&self.wire_id);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { slip: row.take()?, wire_id: row.take()? })
    }
}
