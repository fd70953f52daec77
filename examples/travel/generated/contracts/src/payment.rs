// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `payment` keeps, and the decisions it makes.

pub use crate::events::{
    CarReserved, FlightReserved, HotelReserved, TripPaid, TripRequested,
};
pub use saga_runtime::{Call, CallError, Rejection, Unanswered};

/// The values that `charge-trip` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct ChargeTrip {
    /// `chargeId` of `TripPaid`.
    pub charge_id: String,
}

/// The decisions of the service `payment`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `charge-trip`, on `TripRequested`, `FlightReserved`, `HotelReserved` and
    /// `CarReserved`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `TripPaid.failure`.
    fn charge_trip(
        &self,
        call: &Call,
        trip_requested: &TripRequested,
        flight_reserved: &FlightReserved,
        hotel_reserved: &HotelReserved,
        car_reserved: &CarReserved,
    ) -> impl Future<Output = Result<ChargeTrip, CallError>> + Send;

    /// Carries out `void-charge`, which compensates `charge-trip`.
    fn void_charge(
        &self,
        call: &Call,
        trip_requested: &TripRequested,
        flight_reserved: &FlightReserved,
        hotel_reserved: &HotelReserved,
        car_reserved: &CarReserved,
        trip_paid: Option<&TripPaid>,
    ) -> impl Future<Output = Result<(), Unanswered>> + Send;
}
