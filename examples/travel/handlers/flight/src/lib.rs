//! What the service `flight` decides.

use trip_contracts::flight::*;

/// The decisions of the service `flight`.
pub struct Handlers;

impl trip_contracts::flight::Handlers for Handlers {
    fn reserve_flight(&self, flight: &mut Flight, _: &TripRequested) -> Result<(), Rejection> {
        if flight.seats == 0 {
            return Err(Rejection::because("no seat is free"));
        }
        flight.seats -= 1;
        Ok(())
    }

    fn release_flight(&self, flight: &mut Flight, _: &TripRequested, _: &FlightReserved) {
        flight.seats += 1;
    }
}
