// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `approval` are stored.

use crate::approval::Approval;

use saga_runtime::{
    ColumnDef, Decimal, Entity, RowError, RowReader, RowWriter, TableDef, Uuid,
};

impl Entity for Approval {
    type Key = i64;
    const NAME: &'static str = "Approval";
    const TABLE: TableDef = TableDef {
        name: "approval_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<Uuid>("payment_id").field("paymentId").looked_up(),
            ColumnDef::of::<Decimal>("amount"),
            ColumnDef::of::<Option<String>>("reviewer"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.payment_id);
        row.put(&self.amount);
        row.put(&self.reviewer);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, payment_id: row.take()?, amount: row.take()?, reviewer: row.take()? })
    }
}
