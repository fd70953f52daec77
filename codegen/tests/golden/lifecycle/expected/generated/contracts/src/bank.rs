// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! What the service `bank` keeps and decides.

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};
use serde::{Deserialize, Serialize};

pub use crate::events::{ClaimPriced, ReleaseMoneyCommand};
pub use saga_runtime::Rejection;

/// A row of `account_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Primary key.
    pub id: i32,
    /// `money` in JSON, `money` in the table.
    pub money: i64,
}

impl Entity for Account {
    type Key = i32;
    const NAME: &'static str = "Account";
    const TABLE: TableDef = TableDef {
        name: "account_tb",
        columns: &[ColumnDef::of::<i32>("id"), ColumnDef::of::<i64>("money")],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.money);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, money: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { id: 1, money: 100 }]
    }
}

/// The decisions of the service `bank`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `reserve-money`, on `ClaimPriced`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `MoneyReserved.failure`; the row stays as it was.
    fn reserve_money(&self, account: &mut Account, claim_priced: &ClaimPriced) -> Result<(), Rejection>;

    /// Carries out `release-money`, which compensates `reserve-money`.
    fn release_money(&self, account: &mut Account, command: &ReleaseMoneyCommand);
}
