// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `points` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{OrderPlaced, StockTaken};

/// A row of `points_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Points {
    /// Primary key.
    pub customer_id: String,
    /// `points` in JSON, `points` in the table.
    pub points: i64,
    /// `last` in JSON, `last` in the table.
    pub last: i64,
    /// `tags` in JSON, `tags` in the table.
    pub tags: Vec<String>,
}

/// The decisions of the service `points`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `count-points`, on `OrderPlaced` and `StockTaken.success`.
    fn count_points(&self, points: &mut Points, order_placed: &OrderPlaced, stock_taken: &StockTaken);
}
