// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `flight` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{FlightReserved, TripRequested};
pub use saga_runtime::Rejection;

/// A row of `flight_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flight {
    /// Primary key.
    pub flight: String,
    /// `seats` in JSON, `seats` in the table.
    pub seats: i32,
}

/// The decisions of the service `flight`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `reserve-flight`, on `TripRequested`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `FlightReserved.failure`; the row stays as it was.
    fn reserve_flight(&self, flight: &mut Flight, trip_requested: &TripRequested) -> Result<(), Rejection>;

    /// Carries out `release-flight`, which compensates `reserve-flight`.
    fn release_flight(
        &self,
        flight: &mut Flight,
        trip_requested: &TripRequested,
        flight_reserved: &FlightReserved,
    );
}
