// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `account` are stored.

use crate::account::Account;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef, Uuid};

impl Entity for Account {
    type Key = i64;
    const NAME: &'static str = "Account";
    const TABLE: TableDef = TableDef {
        name: "account_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<Uuid>("user_id").field("userId"),
            ColumnDef::of::<String>("email"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.user_id);
        row.put(&self.email);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, user_id: row.take()?, email: row.take()? })
    }
}
