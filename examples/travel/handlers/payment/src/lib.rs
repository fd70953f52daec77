//! What the service `payment` decides.

use trip_contracts::payment::*;

/// The decisions of the service `payment`.
pub struct Handlers;

impl trip_contracts::payment::Handlers for Handlers {
    async fn charge_trip(
        &self,
        call: &Call,
        trip: &TripRequested,
        _: &FlightReserved,
        _: &HotelReserved,
        _: &CarReserved,
    ) -> Result<ChargeTrip, CallError> {
        match trip.card.as_str() {
            "declined" => Err(CallError::Rejected(Rejection::because("card declined"))),
            "silent" => Err(Unanswered::because("no answer").into()),
            _ => Ok(ChargeTrip { charge_id: call.key.clone() }),
        }
    }

    async fn void_charge(
        &self,
        _: &Call,
        _: &TripRequested,
        _: &FlightReserved,
        _: &HotelReserved,
        _: &CarReserved,
        _: Option<&TripPaid>,
    ) -> Result<(), Unanswered> {
        Ok(())
    }
}
