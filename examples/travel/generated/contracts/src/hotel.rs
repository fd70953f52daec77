// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `hotel` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{HotelReserved, TripRequested};
pub use saga_runtime::Rejection;

/// A row of `hotel_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hotel {
    /// Primary key.
    pub hotel: String,
    /// `rooms` in JSON, `rooms` in the table.
    pub rooms: i32,
}

/// The decisions of the service `hotel`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `reserve-hotel`, on `TripRequested`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `HotelReserved.failure`; the row stays as it was.
    fn reserve_hotel(&self, hotel: &mut Hotel, trip_requested: &TripRequested) -> Result<(), Rejection>;

    /// Carries out `release-hotel`, which compensates `reserve-hotel`.
    fn release_hotel(
        &self,
        hotel: &mut Hotel,
        trip_requested: &TripRequested,
        hotel_reserved: &HotelReserved,
    );
}
