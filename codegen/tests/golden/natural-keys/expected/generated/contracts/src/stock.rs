// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `stock` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{CartOpened, PutStockBackCommand};
pub use saga_runtime::Rejection;

/// A row of `item_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
