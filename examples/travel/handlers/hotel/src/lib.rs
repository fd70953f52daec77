//! What the service `hotel` decides.

use trip_contracts::hotel::*;

/// The decisions of the service `hotel`.
pub struct Handlers;

impl trip_contracts::hotel::Handlers for Handlers {
    fn reserve_hotel(&self, hotel: &mut Hotel, _: &TripRequested) -> Result<(), Rejection> {
        if hotel.rooms == 0 {
            return Err(Rejection::because("no room is free"));
        }
        hotel.rooms -= 1;
        Ok(())
    }

    fn release_hotel(&self, hotel: &mut Hotel, _: &TripRequested, _: &HotelReserved) {
        hotel.rooms += 1;
    }
}
