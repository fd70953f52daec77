// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `order` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `order_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Primary key.
    pub id: i32,
    /// `userId` in JSON, `user_id` in the table.
    pub user_id: i32,
    /// `productId` in JSON, `product_id` in the table.
    pub product_id: i32,
    /// `quantity` in JSON, `quantity` in the table.
    pub quantity: i32,
    /// `price` in JSON, `price` in the table.
    pub price: i64,
    /// The status of the row.
    pub status: OrderStatus,
}

/// The statuses of an [`Order`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderStatus {
    /// `PENDING`: the first status.
    #[default]
    #[serde(rename = "PENDING")]
    Pending,
    /// `COMPLETED`: final; every effect is kept.
    #[serde(rename = "COMPLETED")]
    Completed,
    /// `CANCELLED`: final; every effect is compensated.
    #[serde(rename = "CANCELLED")]
    Cancelled,
}

/// The body of `create-order`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateOrder {
    /// `userId` in JSON.
    pub user_id: i32,
    /// `productId` in JSON.
    pub product_id: i32,
    /// `quantity` in JSON.
    pub quantity: i32,
    /// `price` in JSON.
    pub price: i64,
    /// `address` in JSON.
    pub address: String,
}

/// The decisions of the service `order`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `create-order` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn create_order(&self, body: &CreateOrder) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
