// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `product` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{IncreaseProductCommand, OrderCreated};
pub use saga_runtime::Rejection;

/// A row of `product_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Primary key.
    pub id: i32,
    /// `name` in JSON, `name` in the table.
    pub name: String,
    /// `quantity` in JSON, `quantity` in the table.
    pub quantity: i32,
    /// `price` in JSON, `price` in the table.
    pub price: i64,
}

/// The decisions of the service `product`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `decrease-product`, on `OrderCreated`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `ProductDecreased.failure`; the row stays as it was.
    fn decrease_product(&self, product: &mut Product, order_created: &OrderCreated) -> Result<(), Rejection>;

    /// Carries out `increase-product`, which compensates `decrease-product`.
    fn increase_product(&self, product: &mut Product, command: &IncreaseProductCommand);
}
