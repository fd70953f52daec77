// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `desk` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

use crate::events::ClaimOpenedKind;
use crate::types::Channel;

pub use saga_runtime::Refusal;

/// A row of `claim_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Primary key.
    pub id: i64,
    /// `amount` in JSON, `amount` in the table.
    pub amount: i64,
    /// The status of the row.
    pub status: ClaimStatus,
}

/// The statuses of a [`Claim`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClaimStatus {
    /// `OPEN`: the first status.
    #[default]
    #[serde(rename = "OPEN")]
    Open,
    /// `PAID`: final; every effect is kept.
    #[serde(rename = "PAID")]
    Paid,
    /// `REFUSED`: final; every effect is compensated.
    #[serde(rename = "REFUSED")]
    Refused,
}

/// The body of `open-claim`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenClaim {
    /// `amount` in JSON.
    pub amount: i64,
    /// `channel` in JSON.
    pub channel: Channel,
    /// `place` in JSON.
    pub place: String,
    /// `kind` in JSON.
    pub kind: ClaimOpenedKind,
}

/// The decisions of the service `desk`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `open-claim` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn open_claim(&self, body: &OpenClaim) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
