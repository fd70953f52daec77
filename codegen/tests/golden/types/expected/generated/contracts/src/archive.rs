// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `archive` keeps, and the decisions it makes.

use saga_runtime::{Date, Decimal, Uuid};
use serde::{Deserialize, Serialize};

/// A row of `folder_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Folder {
    /// Primary key.
    pub id: Uuid,
    /// `policyId` in JSON, `policy_id` in the table.
    pub policy_id: Uuid,
    /// `quoteId` in JSON, `quote_id` in the table.
    pub quote_id: Uuid,
    /// `street` in JSON, `street` in the table.
    pub street: String,
    /// `rate` in JSON, `rate` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub rate: Decimal,
    /// `since` in JSON, `since` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub since: Date,
}

impl Default for Folder {
    fn default() -> Self {
        Self {
            id: Default::default(),
            policy_id: Default::default(),
            quote_id: Default::default(),
            street: Default::default(),
            rate: Default::default(),
            since: Date::constant(1970, 1, 1),
        }
    }
}
