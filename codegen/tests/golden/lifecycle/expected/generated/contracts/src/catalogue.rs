// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `catalogue` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

/// A row of `price_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    /// Primary key.
    pub code: String,
    /// `amount` in JSON, `amount` in the table.
    pub amount: i64,
}
