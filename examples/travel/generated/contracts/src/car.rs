// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `car` keeps, and the decisions it makes.

use saga_runtime::Uuid;
use serde::{Deserialize, Serialize};

pub use crate::events::TripRequested;
pub use saga_runtime::Rejection;

/// A row of `rental_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rental {
    /// Primary key.
    pub id: Uuid,
    /// `tripId` in JSON, `trip_id` in the table.
    pub trip_id: Uuid,
    /// `car` in JSON, `car` in the table.
    pub car: String,
    /// The status of the row.
    pub status: RentalStatus,
}

/// The statuses of a [`Rental`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RentalStatus {
    /// `HELD`: the first status.
    #[default]
    #[serde(rename = "HELD")]
    Held,
    /// `RENTED`: final; every effect is kept.
    #[serde(rename = "RENTED")]
    Rented,
    /// `RELEASED`: final; every effect is compensated.
    #[serde(rename = "RELEASED")]
    Released,
}

/// The decisions of the service `car`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `reserve-car`, on `TripRequested`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `CarReserved.failure`; no row is created.
    fn reserve_car(&self, trip_requested: &TripRequested) -> Result<(), Rejection>;
}
