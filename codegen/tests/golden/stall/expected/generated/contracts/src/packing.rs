// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `packing` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::OrderPlaced;
pub use saga_runtime::Refusal;

/// A row of `parcel_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parcel {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: String,
    /// The status of the row.
    pub status: ParcelStatus,
}

/// The statuses of a [`Parcel`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ParcelStatus {
    /// `OPEN`: the first status.
    #[default]
    #[serde(rename = "OPEN")]
    Open,
    /// `CLOSED`: final; every effect is kept.
    #[serde(rename = "CLOSED")]
    Closed,
    /// `DROPPED`: final; every effect is compensated.
    #[serde(rename = "DROPPED")]
    Dropped,
}

/// The body of `pack-parcel`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackParcel {
    /// `reason` in JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The decisions of the service `packing`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `pack-parcel` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn pack_parcel(
        &self,
        parcel: &mut Parcel,
        order_placed: &OrderPlaced,
        body: &PackParcel,
    ) -> Result<(), Refusal> {
        let _ = (parcel, order_placed, body);
        Ok(())
    }
}
