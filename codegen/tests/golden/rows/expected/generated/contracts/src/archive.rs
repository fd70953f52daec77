// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `archive` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

/// A row of `entry_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i64,
    /// `customerId` in JSON, `customer_id` in the table.
    pub customer_id: String,
    /// `receiptId` in JSON, `receipt_id` in the table.
    pub receipt_id: i64,
}

/// A row of `day_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Day {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i64,
    /// `customerId` in JSON, `customer_id` in the table.
    pub customer_id: String,
    /// The status of the row.
    pub status: DayStatus,
}

/// The statuses of a [`Day`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DayStatus {
    /// `OPEN`: the first status.
    #[default]
    #[serde(rename = "OPEN")]
    Open,
    /// `CLOSED`: final; every effect is kept.
    #[serde(rename = "CLOSED")]
    Closed,
    /// `LOST`: final; every effect is compensated.
    #[serde(rename = "LOST")]
    Lost,
}
