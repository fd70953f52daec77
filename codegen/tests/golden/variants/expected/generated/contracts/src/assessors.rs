// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `assessors` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::ClaimOpened;
pub use saga_runtime::Rejection;

/// A row of `town_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Town {
    /// Primary key.
    pub place: String,
    /// `visits` in JSON, `visits` in the table.
    pub visits: i32,
}

/// A row of `report_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Primary key.
    pub id: i64,
    /// `claimId` in JSON, `claim_id` in the table.
    pub claim_id: i64,
    /// `text` in JSON, `text` in the table.
    pub text: String,
    /// `note` in JSON, `note` in the table.
    pub note: String,
}

/// What `assess` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Assess {
    /// `covered`.
    Covered {
        /// `text` of `Report`.
        text: String,
        /// `note` of `Report`.
        note: String,
        /// `payout` of `ClaimAssessed`.
        payout: i64,
        /// `branchId` of `ClaimAssessed`.
        branch_id: i64,
    },
    /// `partly`.
    Partly {
        /// `text` of `Report`.
        text: String,
        /// `note` of `Report`.
        note: String,
        /// `payout` of `ClaimAssessed`.
        payout: i64,
        /// `branchId` of `ClaimAssessed`.
        branch_id: i64,
    },
    /// `unclear`.
    Unclear {
        /// `text` of `Report`.
        text: String,
        /// `note` of `Report`.
        note: String,
        /// `payout` of `ClaimAssessed`.
        payout: i64,
        /// `branchId` of `ClaimAssessed`.
        branch_id: i64,
    },
}

/// The decisions of the service `assessors`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `assess`, on `ClaimOpened.fire`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `ClaimAssessed.refused`; the row stays as it was, and
    /// none is created.
    fn assess(&self, town: &mut Town, claim_opened: &ClaimOpened) -> Result<Assess, Rejection>;
}
