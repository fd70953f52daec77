// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! What the service `till` keeps and decides.

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};
use serde::{Deserialize, Serialize};

pub use crate::events::{CartClosed, CartOpened, StockTaken};
pub use saga_runtime::Rejection;

/// A row of `receipt_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Primary key.
    pub cart_id: String,
    /// `total` in JSON, `total` in the table.
    pub total: i64,
    /// `number` in JSON, `number` in the table.
    pub number: i32,
}

impl Entity for Receipt {
    type Key = String;
    const NAME: &'static str = "Receipt";
    const TABLE: TableDef = TableDef {
        name: "receipt_tb",
        columns: &[
            ColumnDef::of::<String>("cart_id"),
            ColumnDef::of::<i64>("total"),
            ColumnDef::of::<i32>("number"),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.cart_id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.cart_id);
        row.put(&self.total);
        row.put(&self.number);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { cart_id: row.take()?, total: row.take()?, number: row.take()? })
    }
}

/// A row of `day_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Day {
    /// Primary key.
    pub cart_id: String,
    /// `total` in JSON, `total` in the table.
    pub total: i64,
    /// `number` in JSON, `number` in the table.
    pub number: i32,
}

impl Entity for Day {
    type Key = String;
    const NAME: &'static str = "Day";
    const TABLE: TableDef = TableDef {
        name: "day_tb",
        columns: &[
            ColumnDef::of::<String>("cart_id"),
            ColumnDef::of::<i64>("total"),
            ColumnDef::of::<i32>("number"),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.cart_id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.cart_id);
        row.put(&self.total);
        row.put(&self.number);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { cart_id: row.take()?, total: row.take()?, number: row.take()? })
    }
}

/// The values that `close-cart` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct CloseCart {
    /// `total` of `Receipt`.
    pub total: i64,
    /// `number` of `Receipt`.
    pub number: i32,
}

/// The values that `count-day` decides.
#[derive(Debug, Clone, PartialEq)]
pub struct CountDay {
    /// `number` of `Day`.
    pub number: i32,
}

/// The decisions of the service `till`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `close-cart`, on `CartOpened` and `StockTaken`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `CartClosed.failure`; no row is created.
    fn close_cart(&self, cart_opened: &CartOpened, stock_taken: &StockTaken) -> Result<CloseCart, Rejection>;

    /// Decides `count-day`, on `CartClosed.success`.
    fn count_day(&self, cart_closed: &CartClosed) -> CountDay;
}
