// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `limits` are stored.

use crate::limits::Limit;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Limit {
    type Key = i64;
    const NAME: &'static str = "Limit";
    const TABLE: TableDef = TableDef {
        name: "limit_tb",
        columns: &[ColumnDef::of::<i64>("account_id").field("accountId"), ColumnDef::of::<i64>("free")],
        allocated: false,
    };

    fn key(&self) -> &i64 {
        &self.account_id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.account_id);
        row.put(&self.free);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { account_id: row.take()?, free: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { account_id: 1, free: 1000 }, Self { account_id: 2, free: 10 }]
    }
}
