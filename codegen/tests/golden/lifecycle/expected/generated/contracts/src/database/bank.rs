// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `bank` are stored.

use crate::bank::Account;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Account {
    type Key = i32;
    const NAME: &'static str = "Account";
    const TABLE: TableDef = TableDef {
        name: "account_tb",
        columns: &[ColumnDef::of::<i32>("id"), ColumnDef::of::<i64>("money")],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.money);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, money: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { id: 1, money: 100 }]
    }
}
