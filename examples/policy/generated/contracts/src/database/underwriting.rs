// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `underwriting` are stored.

use crate::types::{Address, Cover};
use crate::underwriting::Tariff;

use saga_runtime::{
    ColumnDef, Date, Decimal, Entity, RowError, RowReader, RowWriter, TableDef,
};

impl Entity for Tariff {
    type Key = String;
    const NAME: &'static str = "Tariff";
    const TABLE: TableDef = TableDef {
        name: "tariff_tb",
        columns: &[
            ColumnDef::of::<String>("code"),
            ColumnDef::of::<Decimal>("rate"),
            ColumnDef::of::<Date>("since"),
            ColumnDef::of::<Address>("home"),
            ColumnDef::of::<Vec<Cover>>("kinds"),
            ColumnDef::of::<i64>("issued"),
            ColumnDef::of::<i64>("capacity"),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.code
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.code);
        row.put(&self.rate);
        row.put(&self.since);
        row.put(&self.home);
        row.put(&self.kinds);
        row.put(&self.issued);
        row.put(&self.capacity);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            code: row.take()?,
            rate: row.take()?,
            since: row.take()?,
            home: row.take()?,
            kinds: row.take()?,
            issued: row.take()?,
            capacity: row.take()?,
        })
    }

    fn seed() -> Vec<Self> {
        vec![
            Self {
                code: "A".to_owned(),
                rate: saga_runtime::literal("12.50"),
                since: saga_runtime::literal("2026-01-31"),
                home: Address { street: "Main Street 1".to_owned(), zip: None },
                kinds: vec![Cover::Basic, Cover::Full],
                issued: 0,
                capacity: 1000,
            },
            Self {
                code: "B".to_owned(),
                rate: saga_runtime::literal("80.00"),
                since: saga_runtime::literal("2026-01-31"),
                home: Address { street: "Main Street 1".to_owned(), zip: None },
                kinds: vec![Cover::Full],
                issued: 0,
                capacity: 2,
            },
        ]
    }
}
