// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `archive` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

/// A row of `entry_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Primary key.
    pub id: i64,
    /// `claimId` in JSON, `claim_id` in the table.
    pub claim_id: i64,
    /// `amount` in JSON, `amount` in the table.
    pub amount: i64,
}
