// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `desk` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::ParcelSent;
pub use saga_runtime::Refusal;

/// The body of `approve-parcel`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApproveParcel {
    /// `approved` in JSON.
    pub approved: bool,
    /// `clerk` in JSON.
    pub clerk: String,
}

/// The decisions of the service `desk`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `approve-parcel` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn approve_parcel(&self, parcel_sent: &ParcelSent, body: &ApproveParcel) -> Result<(), Refusal> {
        let _ = (parcel_sent, body);
        Ok(())
    }
}
