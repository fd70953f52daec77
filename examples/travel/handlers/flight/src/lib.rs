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

#[cfg(test)]
mod tests {
    use trip_contracts::flight::Handlers as _;

    use super::*;

    #[test]
    fn the_last_seat_is_taken_once_and_comes_back() {
        let (trip, reserved) = (TripRequested::default(), FlightReserved::default());
        let mut flight = Flight { flight: "KE999".to_owned(), seats: 1 };
        assert_eq!(Handlers.reserve_flight(&mut flight, &trip), Ok(()));
        assert_eq!(Handlers.reserve_flight(&mut flight, &trip), Err(Rejection::because("no seat is free")));
        Handlers.release_flight(&mut flight, &trip, &reserved);
        assert_eq!(flight.seats, 1);
    }
}
