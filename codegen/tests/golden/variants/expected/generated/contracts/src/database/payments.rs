// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `payments` are stored.

use crate::payments::{Branch, Budget, Payment};

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for Budget {
    type Key = String;
    const NAME: &'static str = "Budget";
    const TABLE: TableDef = TableDef {
        name: "budget_tb",
        columns: &[ColumnDef::of::<String>("place"), ColumnDef::of::<i64>("left")],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.place
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.place);
        row.put(&self.left);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { place: row.take()?, left: row.take()? })
    }
}

impl Entity for Branch {
    type Key = i64;
    const NAME: &'static str = "Branch";
    const TABLE: TableDef = TableDef {
        name: "branch_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<i32>("payments")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.payments);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, payments: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { id: 1, payments: 0 }]
    }
}

impl Entity for Payment {
    type Key = i64;
    const NAME: &'static str = "Payment";
    const TABLE: TableDef = TableDef {
        name: "payment_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("claim_id").field("claimId"),
            ColumnDef::of::<i64>("payout"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.claim_id);
        row.put(&self.payout);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, claim_id: row.take()?, payout: row.take()? })
    }
}
