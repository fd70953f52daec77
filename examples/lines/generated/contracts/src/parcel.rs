// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `parcel` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

use crate::types::Line;

pub use crate::events::{OrderPlaced, StockTaken};
pub use saga_runtime::Rejection;

/// A row of `parcel_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parcel {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i64,
    /// `lines` in JSON, `lines` in the table.
    pub lines: Vec<Line>,
}

/// The decisions of the service `parcel`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `send-parcel`, on `OrderPlaced` and `StockTaken`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `ParcelSent.failure`; no row is created.
    fn send_parcel(&self, order_placed: &OrderPlaced, stock_taken: &StockTaken) -> Result<(), Rejection>;
}
