//! What the service `car` decides.

use trip_contracts::car::*;

/// The classes of cars that can be rented.
const CLASSES: [&str; 2] = ["compact", "van"];

/// The decisions of the service `car`.
pub struct Handlers;

impl trip_contracts::car::Handlers for Handlers {
    fn reserve_car(&self, trip: &TripRequested) -> Result<(), Rejection> {
        if CLASSES.contains(&trip.car.as_str()) {
            return Ok(());
        }
        Err(Rejection::because(format!("no {} is free", trip.car)))
    }
}

#[cfg(test)]
mod tests {
    use trip_contracts::car::Handlers as _;

    use super::*;

    #[test]
    fn only_cars_of_a_known_class_are_rented() {
        let of = |car: &str| TripRequested { car: car.to_owned(), ..TripRequested::default() };
        assert_eq!(Handlers.reserve_car(&of("van")), Ok(()));
        assert_eq!(Handlers.reserve_car(&of("limousine")), Err(Rejection::because("no limousine is free")));
    }
}
