//! What the service `payment` decides: nothing by itself, for the gateway does.

mod client;

use std::sync::LazyLock;

use trip_contracts::payment::*;

use client::{Charge, Gateway};

/// One client for all calls, so that they share its connections.
static GATEWAY: LazyLock<Gateway> = LazyLock::new(Gateway::from_env);

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
        let charge =
            Charge { reference: trip.trip_id.to_string(), card: &trip.card, amount: trip.price.to_string() };
        let charge_id = GATEWAY.charge(&call.key, &charge).await?;
        Ok(ChargeTrip { charge_id })
    }

    async fn void_charge(
        &self,
        call: &Call,
        _: &TripRequested,
        _: &FlightReserved,
        _: &HotelReserved,
        _: &CarReserved,
        _: Option<&TripPaid>,
    ) -> Result<(), Unanswered> {
        GATEWAY.void(&call.key).await
    }
}
