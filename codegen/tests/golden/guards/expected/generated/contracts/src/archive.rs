// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `archive` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

/// A row of `file_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Primary key.
    pub id: i64,
    /// `loanId` in JSON, `loan_id` in the table.
    pub loan_id: i64,
}
