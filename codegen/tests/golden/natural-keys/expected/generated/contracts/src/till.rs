// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `till` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{CartClosed, CartOpened, StockTaken};
pub use saga_runtime::Rejection;

/// A row of `receipt_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Primary key.
    pub cart_id: String,
    /// `total` in JSON, `total` in the table.
    pub total: i64,
    /// `number` in JSON, `number` in the table.
    pub number: i32,
}

/// A row of `day_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Day {
    /// Primary key.
    pub cart_id: String,
    /// `total` in JSON, `total` in the table.
    pub total: i64,
    /// `number` in JSON, `number` in the table.
    pub number: i32,
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
