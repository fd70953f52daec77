// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `user` are stored.

use crate::user::{ColumnRow, EntityRow};

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};

impl Entity for ColumnRow {
    type Key = i32;
    const NAME: &'static str = "Column";
    const TABLE: TableDef = TableDef {
        name: "table",
        columns: &[
            ColumnDef::of::<i32>("id"),
            ColumnDef::of::<String>("where"),
            ColumnDef::of::<Option<i32>>("select"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.r#where);
        row.put(&self.select);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, r#where: row.take()?, select: row.take()? })
    }
}

impl Entity for EntityRow {
    type Key = i32;
    const NAME: &'static str = "Entity";
    const TABLE: TableDef = TableDef {
        name: "entity_tb",
        columns: &[
            ColumnDef::of::<i32>("id"),
            ColumnDef::of::<i64>("user_id").field("userId"),
            ColumnDef::of::<i32>("type"),
            ColumnDef::of::<f64>("as"),
            ColumnDef::of::<String>("by"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.user_id);
        row.put(&self.r#type);
        row.put(&self.r#as);
        row.put(&self.by);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            id: row.take()?,
            user_id: row.take()?,
            r#type: row.take()?,
            r#as: row.take()?,
            by: row.take()?,
        })
    }
}
