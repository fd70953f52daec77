// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `order` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

use crate::types::Line;

pub use saga_runtime::Refusal;

/// A row of `order_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Primary key.
    pub id: i64,
    /// `lines` in JSON, `lines` in the table.
    pub lines: Vec<Line>,
    /// `reason` in JSON, `reason` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
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
    /// `SENT`: final; every effect is kept.
    #[serde(rename = "SENT")]
    Sent,
    /// `REFUSED`: final; every effect is compensated.
    #[serde(rename = "REFUSED")]
    Refused,
}

/// The body of `place-order`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceOrder {
    /// `lines` in JSON.
    pub lines: Vec<Line>,
}

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
}
