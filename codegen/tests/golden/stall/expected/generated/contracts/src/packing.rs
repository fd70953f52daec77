// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `packing` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{OrderPlaced, ParcelPacked};
pub use saga_runtime::Refusal;

/// A row of `parcel_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parcel {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: String,
}

/// The body of `pack-parcel`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackParcel {}

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

    /// Carries out `unpack-parcel`, which compensates `pack-parcel`.
    fn unpack_parcel(&self, parcel: &mut Parcel, order_placed: &OrderPlaced, parcel_packed: &ParcelPacked);
}
