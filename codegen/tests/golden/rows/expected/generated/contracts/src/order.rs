// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `order` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

use crate::types::Line;

pub use crate::events::OrderPacked;
pub use saga_runtime::Refusal;

/// A row of `order_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Primary key.
    pub id: i64,
    /// `customerId` in JSON, `customer_id` in the table.
    pub customer_id: String,
    /// `slotId` in JSON, `slot_id` in the table.
    pub slot_id: i64,
    /// `shelves` in JSON, `shelves` in the table.
    pub shelves: Vec<String>,
    /// `lines` in JSON, `lines` in the table.
    pub lines: Vec<Line>,
    /// `parcelId` in JSON, `parcel_id` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<i64>,
    /// `note` in JSON, `note` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
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

/// A row of `receipt_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i64,
    /// `customerId` in JSON, `customer_id` in the table.
    pub customer_id: String,
}

/// A row of `ledger_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Primary key.
    pub id: i64,
    /// `orders` in JSON, `orders` in the table.
    pub orders: i64,
}

/// The body of `place-order`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceOrder {
    /// `customerId` in JSON.
    pub customer_id: String,
    /// `slotId` in JSON.
    pub slot_id: i64,
    /// `shelves` in JSON.
    pub shelves: Vec<String>,
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

    /// Decides `refuse-order`, on `OrderPacked.failure`.
    fn refuse_order(&self, order: &mut Order, ledger: &mut Ledger, order_packed: &OrderPacked);
}
