// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! What the service `stock` keeps and decides.

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};
use serde::{Deserialize, Serialize};

pub use crate::events::{CartOpened, PutStockBackCommand};
pub use saga_runtime::Rejection;

/// A row of `item_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Primary key.
    pub sku: String,
    /// `pieces` in JSON, `pieces` in the table.
    pub pieces: i32,
    /// `price` in JSON, `price` in the table.
    pub price: i64,
    /// `shelf` in JSON, `shelf` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf: Option<String>,
    /// `weight` in JSON, `weight` in the table.
    pub weight: f64,
    /// `fragile` in JSON, `fragile` in the table.
    pub fragile: bool,
}

impl Entity for Item {
    type Key = String;
    const NAME: &'static str = "Item";
    const TABLE: TableDef = TableDef {
        name: "item_tb",
        columns: &[
            ColumnDef::of::<String>("sku"),
            ColumnDef::of::<i32>("pieces"),
            ColumnDef::of::<i64>("price"),
            ColumnDef::of::<Option<String>>("shelf"),
            ColumnDef::of::<f64>("weight"),
            ColumnDef::of::<bool>("fragile"),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.sku
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.sku);
        row.put(&self.pieces);
        row.put(&self.price);
        row.put(&self.shelf);
        row.put(&self.weight);
        row.put(&self.fragile);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            sku: row.take()?,
            pieces: row.take()?,
            price: row.take()?,
            shelf: row.take()?,
            weight: row.take()?,
            fragile: row.take()?,
        })
    }

    fn seed() -> Vec<Self> {
        vec![
            Self {
                sku: "a-1".to_owned(),
                pieces: 10,
                price: 250,
                shelf: Some("3 \"left\"".to_owned()),
                weight: 1.0,
                fragile: false,
            },
            Self {
                sku: "b\\2".to_owned(),
                pieces: -1,
                price: 9000000000,
                shelf: None,
                weight: 0.0025,
                fragile: true,
            },
        ]
    }
}

/// The decisions of the service `stock`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `take-stock`, on `CartOpened`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `StockTaken.failure`; the row stays as it was.
    fn take_stock(&self, item: &mut Item, cart_opened: &CartOpened) -> Result<(), Rejection>;

    /// Carries out `put-stock-back`, which compensates `take-stock`.
    fn put_stock_back(&self, item: &mut Item, command: &PutStockBackCommand);
}
