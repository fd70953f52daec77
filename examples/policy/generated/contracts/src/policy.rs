// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `policy` keeps, and the decisions it makes.

use saga_runtime::{Decimal, Timestamp, Uuid};
use serde::{Deserialize, Serialize};

use crate::types::{Cover, Person};

pub use saga_runtime::Refusal;

/// A row of `policy_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Primary key.
    pub id: Uuid,
    /// `cover` in JSON, `cover` in the table.
    pub cover: Cover,
    /// `premium` in JSON, `premium` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub premium: Decimal,
    /// `drivers` in JSON, `drivers` in the table.
    pub drivers: Vec<Person>,
    /// `startsAt` in JSON, `starts_at` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub starts_at: Timestamp,
    /// The status of the row.
    pub status: PolicyStatus,
}

/// The statuses of a [`Policy`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PolicyStatus {
    /// `REQUESTED`: the first status.
    #[default]
    #[serde(rename = "REQUESTED")]
    Requested,
    /// `ISSUED`: final; every effect is kept.
    #[serde(rename = "ISSUED")]
    Issued,
    /// `DECLINED`: final; every effect is compensated.
    #[serde(rename = "DECLINED")]
    Declined,
}

/// The body of `request-policy`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestPolicy {
    /// `cover` in JSON.
    pub cover: Cover,
    /// `premium` in JSON.
    #[serde(with = "saga_runtime::exact")]
    pub premium: Decimal,
    /// `drivers` in JSON.
    pub drivers: Vec<Person>,
    /// `startsAt` in JSON.
    #[serde(with = "saga_runtime::exact")]
    pub starts_at: Timestamp,
    /// `note` in JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The decisions of the service `policy`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `request-policy` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn request_policy(&self, body: &RequestPolicy) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
