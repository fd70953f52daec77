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
    /// `CANCELLING`: in progress.
    #[serde(rename = "CANCELLING")]
    Cancelling,
    /// `ON_ITS_WAY`: final; every effect is kept.
    #[serde(rename = "ON_ITS_WAY")]
    OnItsWay,
    /// `REFUSED`: final; every effect is compensated.
    #[serde(rename = "REFUSED")]
    Refused,
}

/// The body of `send-parcel`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendParcel {
    /// `weight` in JSON.
    pub weight: i32,
}

/// The body of `request-cancel`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestCancel {
    /// `reason` in JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The decisions of the service `sender`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `send-parcel` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn send_parcel(&self, body: &SendParcel) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }

    /// Whether `request-cancel` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn request_cancel(&self, parcel: &mut Parcel, body: &RequestCancel) -> Result<(), Refusal> {
        let _ = (parcel, body);
        Ok(())
    }
}
