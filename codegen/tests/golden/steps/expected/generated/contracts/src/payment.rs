// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `payment` keeps, and the decisions it makes.

pub use crate::events::{RoomTaken, SeatTaken, TripRequested};
pub use saga_runtime::Rejection;

/// The values that `pay-trip` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct PayTrip {
    /// `receipt` of `TripPaid`.
    pub receipt: String,
}

/// The decisions of the service `payment`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `pay-trip`, on `TripRequested`, `SeatTaken` and `RoomTaken`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `TripPaid.failure`.
    fn pay_trip(
        &self,
        trip_requested: &TripRequested,
        seat_taken: &SeatTaken,
        room_taken: &RoomTaken,
    ) -> Result<PayTrip, Rejection>;
}
