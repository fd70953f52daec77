// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `order` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `order_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Primary key.
    pub id: i64,
    /// `restaurantId` in JSON, `restaurant_id` in the table.
    pub restaurant_id: i64,
    /// `meal` in JSON, `meal` in the table.
    pub meal: String,
    /// `address` in JSON, `address` in the table.
    pub address: String,
    /// The status of the row.
    pub status: OrderStatus,
}

/// The statuses of an [`Order`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderStatus {
    /// `PLACED`: the first status.
    #[default]
    #[serde(rename = "PLACED")]
    Placed,
    /// `CANCELLING`: in progress.
    #[serde(rename = "CANCELLING")]
    Cancelling,
    /// `DELIVERED`: final; every effect is kept.
    #[serde(rename = "DELIVERED")]
    Delivered,
    /// `CANCELLED`: final; every effect is compensated.
    #[serde(rename = "CANCELLED")]
    Cancelled,
}

/// The body of `place-order`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceOrder {
    /// `restaurantId` in JSON.
    pub restaurant_id: i64,
    /// `meal` in JSON.
    pub meal: String,
    /// `address` in JSON.
    pub address: String,
}

/// The body of `request-cancel`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestCancel {}

/// The decisions of the service `order`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `place-order` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn place_order(&self, body: &PlaceOrder) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }

    /// Whether `request-cancel` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn request_cancel(&self, order: &mut Order, body: &RequestCancel) -> Result<(), Refusal> {
        let _ = (order, body);
        Ok(())
    }
}
