// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `mailbox` are stored.

use crate::mailbox::Mailbox;

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef, Uuid};

impl Entity for Mailbox {
    type Key = Uuid;
    const NAME: &'static str = "Mailbox";
    const TABLE: TableDef = TableDef {
        name: "mailbox_tb",
        columns: &[ColumnDef::of::<Uuid>("user_id").field("userId"), ColumnDef::of::<String>("email")],
        allocated: false,
    };

    fn key(&self) -> &Uuid {
        &self.user_id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.user_id);
        row.put(&self.email);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { user_id: row.take()?, email: row.take()? })
    }
}
