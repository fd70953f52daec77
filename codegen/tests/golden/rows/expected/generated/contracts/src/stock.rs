// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `stock` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{OrderPlaced, StockTaken};
pub use saga_runtime::{Rejection, Selection};

/// A row of `product_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Primary key.
    pub id: i64,
    /// `quantity` in JSON, `quantity` in the table.
    pub quantity: i32,
}

/// A row of `shelf_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shelf {
    /// Primary key.
    pub code: String,
    /// `taken` in JSON, `taken` in the table.
    pub taken: bool,
    /// `lastOrder` in JSON, `last_order` in the table.
    pub last_order: i64,
    /// The status of the row.
    pub status: ShelfStatus,
}

/// The statuses of a [`Shelf`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ShelfStatus {
    /// `FREE`: the first status.
    #[default]
    #[serde(rename = "FREE")]
    Free,
    /// `HELD`: in progress.
    #[serde(rename = "HELD")]
    Held,
    /// `CLOSED`: final; every effect is kept.
    #[serde(rename = "CLOSED")]
    Closed,
}

/// A row of `pick_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pick {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i64,
    /// `pieces` in JSON, `pieces` in the table.
    pub pieces: i32,
}

/// The values that `take-stock` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct TakeStock {
    /// `pieces` of `Pick`.
    pub pieces: i32,
    /// `weight` of `StockTaken`.
    pub weight: i64,
}

/// The decisions of the service `stock`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `take-stock`, on `OrderPlaced`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `StockTaken.failure`; the rows stay as they were, and
    /// none is created.
    fn take_stock(
        &self,
        products: &mut Selection<Product>,
        shelves: &mut Selection<Shelf>,
        order_placed: &OrderPlaced,
    ) -> Result<TakeStock, Rejection>;

    /// Carries out `put-back-stock`, which compensates `take-stock`.
    fn put_back_stock(
        &self,
        products: &mut Selection<Product>,
        shelves: &mut Selection<Shelf>,
        pick: &mut Pick,
        order_placed: &OrderPlaced,
        stock_taken: &StockTaken,
    );
}
