// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `delivery` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{OrderCreated, ProductDecreased};
pub use saga_runtime::Rejection;

/// A row of `delivery_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Primary key.
    pub id: i32,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i32,
    /// `address` in JSON, `address` in the table.
    pub address: String,
}

/// The decisions of the service `delivery`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `create-delivery`, on `OrderCreated` and `ProductDecreased`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `DeliveryCreated.failure`; no row is created.
    fn create_delivery(
        &self,
        order_created: &OrderCreated,
        product_decreased: &ProductDecreased,
    ) -> Result<(), Rejection>;
}
