//! What the service `car` decides.

use trip_contracts::car::*;

/// The decisions of the service `car`.
pub struct Handlers;

impl trip_contracts::car::Handlers for Handlers {
    fn reserve_car(&self, trip: &TripRequested) -> Result<(), Rejection> {
        if trip.car == "none" { Err(Rejection::because("no car is free")) } else { Ok(()) }
    }
}
