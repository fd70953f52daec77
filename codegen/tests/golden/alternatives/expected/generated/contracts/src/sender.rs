// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `sender` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `parcel_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parcel {
    /// Primary key.
    pub id: i64,
    /// `weight` in JSON, `weight` in the table.
    pub weight: i32,
    /// `carrier` in JSON, `carrier` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// The status of the row.
    pub status: ParcelStatus,
}

/// The statuses of a [`Parcel`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ParcelStatus {
    /// `SENT`: the first status.
    #[default]
    #[serde(rename = "SENT")]
    Sent,
    /// `DELIVERED`: final; every effect is kept.
    #[serde(rename = "DELIVERED")]
    Delivered,
    /// `RETURNED`: final; every effect is compensated.
    #[serde(rename = "RETURNED")]
    Returned,
}

/// The body of `send-parcel`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendParcel {
    /// `weight` in JSON.
    pub weight: i32,
}

/// What `send-parcel` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum SendParcelAnswer {
    /// `road`.
    Road,
    /// `air`.
    Air,
}

/// The decisions of the service `sender`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `send-parcel` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn send_parcel(&self, body: &SendParcel) -> Result<SendParcelAnswer, Refusal>;
}
