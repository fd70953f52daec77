//! What the service `booking` decides.

use saga_runtime::Decimal;
use trip_contracts::booking::*;

/// The decisions of the service `booking`.
pub struct Handlers;

impl trip_contracts::booking::Handlers for Handlers {
    fn book_trip(&self, body: &BookTrip) -> Result<(), Refusal> {
        if body.price <= Decimal::ZERO {
            return Err(Refusal::invalid("price", "must be more than 0"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use trip_contracts::booking::Handlers as _;

    use super::*;

    #[test]
    fn a_trip_has_a_price() {
        let of = |price| BookTrip { price: Decimal::new(price, 2), ..BookTrip::default() };
        assert_eq!(Handlers.book_trip(&of(1)), Ok(()));
        assert!(Handlers.book_trip(&of(0)).is_err());
        assert!(Handlers.book_trip(&of(-42_000)).is_err());
    }
}
