// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `packing` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{OrderPlaced, SlotTaken, StockTaken};
pub use saga_runtime::Rejection;

/// A row of `parcel_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parcel {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i64,
    /// `weight` in JSON, `weight` in the table.
    pub weight: i64,
}

/// A row of `bench_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bench {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i64,
    /// `total` in JSON, `total` in the table.
    pub total: i64,
}

/// The decisions of the service `packing`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `pack-order`, on `OrderPlaced`, `StockTaken` and `SlotTaken`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `OrderPacked.failure`; the row stays as it was, and
    /// none is created.
    fn pack_order(
        &self,
        bench: &mut Bench,
        order_placed: &OrderPlaced,
        stock_taken: &StockTaken,
        slot_taken: &SlotTaken,
    ) -> Result<(), Rejection>;
}
