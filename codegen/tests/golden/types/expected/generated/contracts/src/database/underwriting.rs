// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `underwriting` are stored.

use crate::types::{Address, Cover};
use crate::underwriting::{Quote, Tariff};

use saga_runtime::{
    ColumnDef, Date, Decimal, Entity, RowError, RowReader, RowWriter, TableDef, Uuid,
};

impl Entity for Tariff {
    type Key = Cover;
    const NAME: &'static str = "Tariff";
    const TABLE: TableDef = TableDef {
        name: "tariff_tb",
        columns: &[
            ColumnDef::of::<Cover>("cover").one_of(Cover::VALUES),
            ColumnDef::of::<Decimal>("rate"),
            ColumnDef::of::<Date>("since"),
            ColumnDef::of::<Vec<Cover>>("kinds"),
            ColumnDef::of::<Address>("home"),
            ColumnDef::of::<Option<Cover>>("other").one_of(Cover::VALUES),
            ColumnDef::of::<Option<Decimal>>("discount"),
        ],
        allocated: false,
    };

    fn key(&self) -> &Cover {
        &self.cover
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.cover);
        row.put(&self.rate);
        row.put(&self.since);
        row.put(&self.kinds);
        row.put(&self.home);
        row.put(&self.other);
        row.put(&self.discount);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            cover: row.take()?,
            rate: row.take()?,
            since: row.take()?,
            kinds: row.take()?,
            home: row.take()?,
            other: row.take()?,
            discount: row.take()?,
        })
    }

    fn seed() -> Vec<Self> {
        vec![
            Self {
                cover: Cover::Basic,
                rate: saga_runtime::literal("12.50"),
                since: saga_runtime::literal("2026-01-31"),
                kinds: vec![],
                home: Address { street: "Main Street 1".to_owned(), zip: None },
                other: None,
                discount: None,
            },
            Self {
                cover: Cover::FullCover,
                rate: saga_runtime::literal("0.1"),
                since: saga_runtime::literal("2024-02-29"),
                kinds: vec![Cover::Basic, Cover::FullCover],
                home: Address { street: "".to_owned(), zip: Some("1".to_owned()) },
                other: Some(Cover::Basic),
                discount: Some(saga_runtime::literal("0.00")),
            },
        ]
    }
}

impl Entity for Quote {
    type Key = Uuid;
    const NAME: &'static str = "Quote";
    const TABLE: TableDef = TableDef {
        name: "quote_tb",
        columns: &[
            ColumnDef::of::<Uuid>("id"),
            ColumnDef::of::<Uuid>("policy_id").field("policyId"),
            ColumnDef::of::<Decimal>("premium"),
        ],
        allocated: false,
    };

    fn key(&self) -> &Uuid {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.policy_id);
        row.put(&self.premium);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, policy_id: row.take()?, premium: row.take()? })
    }
}
