// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `archive` are stored.

use crate::archive::Folder;

use saga_runtime::{
    ColumnDef, Date, Decimal, Entity, RowError, RowReader, RowWriter, TableDef, Uuid,
};

impl Entity for Folder {
    type Key = Uuid;
    const NAME: &'static str = "Folder";
    const TABLE: TableDef = TableDef {
        name: "folder_tb",
        columns: &[
            ColumnDef::of::<Uuid>("id"),
            ColumnDef::of::<Uuid>("policy_id").field("policyId"),
            ColumnDef::of::<Uuid>("quote_id").field("quoteId"),
            ColumnDef::of::<String>("street"),
            ColumnDef::of::<Decimal>("rate"),
            ColumnDef::of::<Date>("since"),
        ],
        allocated: false,
    };

    fn key(&self) -> &Uuid {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.policy_id);
        row.put(&self.quote_id);
        row.put(&self.street);
        row.put(&self.rate);
        row.put(&self.since);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            id: row.take()?,
            policy_id: row.take()?,
            quote_id: row.take()?,
            street: row.take()?,
            rate: row.take()?,
            since: row.take()?,
        })
    }
}
