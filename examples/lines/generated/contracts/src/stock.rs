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

/// The decisions of the service `stock`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `take-stock`, on `OrderPlaced`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `StockTaken.failure`; the rows stay as they were.
    fn take_stock(
        &self,
        products: &mut Selection<Product>,
        order_placed: &OrderPlaced,
    ) -> Result<(), Rejection>;

    /// Carries out `put-back-stock`, which compensates `take-stock`.
    fn put_back_stock(
        &self,
        products: &mut Selection<Product>,
        order_placed: &OrderPlaced,
        stock_taken: &StockTaken,
    );
}
