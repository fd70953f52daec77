// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `cart` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `cart_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cart {
    /// Primary key.
    pub cart_id: String,
    /// `sku` in JSON, `sku` in the table.
    pub sku: String,
    /// `pieces` in JSON, `pieces` in the table.
    pub pieces: i32,
    /// `total` in JSON, `total` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// The status of the row.
    pub status: CartStatus,
}

/// The statuses of a [`Cart`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CartStatus {
    /// `OPEN`: the first status.
    #[default]
    #[serde(rename = "OPEN")]
    Open,
    /// `PAYING`: in progress.
    #[serde(rename = "PAYING")]
    Paying,
    /// `PAID`: final; every effect is kept.
    #[serde(rename = "PAID")]
    Paid,
    /// `EXPIRED`: final; every effect is compensated.
    #[serde(rename = "EXPIRED")]
    Expired,
    /// `REFUSED`: final; every effect is compensated.
    #[serde(rename = "REFUSED")]
    Refused,
}

/// The body of `open-cart`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenCart {
    /// `cartId` in JSON.
    pub cart_id: String,
    /// `sku` in JSON.
    pub sku: String,
    /// `pieces` in JSON.
    pub pieces: i32,
}

/// The decisions of the service `cart`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `open-cart` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn open_cart(&self, body: &OpenCart) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
