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

#[cfg(test)]
mod tests {
    use trip_contracts::hotel::Handlers as _;

    use super::*;

    #[test]
    fn the_last_room_is_taken_once_and_comes_back() {
        let (trip, reserved) = (TripRequested::default(), HotelReserved::default());
        let mut hotel = Hotel { hotel: "Grand".to_owned(), rooms: 1 };
        assert_eq!(Handlers.reserve_hotel(&mut hotel, &trip), Ok(()));
        assert_eq!(Handlers.reserve_hotel(&mut hotel, &trip), Err(Rejection::because("no room is free")));
        Handlers.release_hotel(&mut hotel, &trip, &reserved);
        assert_eq!(hotel.rooms, 1);
    }
}
