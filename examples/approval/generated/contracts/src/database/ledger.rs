// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `ledger` are stored.

use crate::ledger::Account;

use saga_runtime::{ColumnDef, Decimal, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Account {
    type Key = i64;
    const NAME: &'static str = "Account";
    const TABLE: TableDef = TableDef {
        name: "account_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<Decimal>("balance")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.balance);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, balance: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![
            Self { id: 1, balance: saga_runtime::literal("100.10") },
            Self { id: 2, balance: saga_runtime::literal("0") },
        ]
    }
}
