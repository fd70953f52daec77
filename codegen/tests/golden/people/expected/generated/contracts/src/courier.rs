// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `courier` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{ParcelApproved, ParcelSent};
pub use saga_runtime::Refusal;

/// A row of `job_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Primary key.
    pub parcel_id: i64,
    /// `weight` in JSON, `weight` in the table.
    pub weight: i32,
    /// `courier` in JSON, `courier` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub courier: Option<String>,
    /// The status of the row.
    pub status: JobStatus,
}

/// The statuses of a [`Job`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobStatus {
    /// `OPEN`: the first status.
    #[default]
    #[serde(rename = "OPEN")]
    Open,
    /// `PICKED_UP`: final; every effect is kept.
    #[serde(rename = "PICKED_UP")]
    PickedUp,
    /// `DROPPED`: final; every effect is compensated.
    #[serde(rename = "DROPPED")]
    Dropped,
}

/// The body of `pick-up`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PickUp {
    /// `courier` in JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub courier: Option<String>,
}

/// The decisions of the service `courier`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `pick-up` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn pick_up(
        &self,
        job: &mut Job,
        parcel_sent: &ParcelSent,
        parcel_approved: &ParcelApproved,
        body: &PickUp,
    ) -> Result<(), Refusal> {
        let _ = (job, parcel_sent, parcel_approved, body);
        Ok(())
    }
}
