//! A trip that is paid by a call, with reservations that are released by themselves, in simulated worlds.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `trip_contracts` to them.
extern crate self as trip_contracts;

#[rustfmt::skip]
#[path = "../../../examples/travel/generated/contracts/src/booking.rs"]
pub mod booking;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/contracts/src/database/booking.rs"]
mod booking_database;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/booking/src/lib.rs"]
mod booking_service;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/contracts/src/car.rs"]
pub mod car;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/contracts/src/database/car.rs"]
mod car_database;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/car/src/lib.rs"]
mod car_service;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/contracts/src/flight.rs"]
pub mod flight;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/contracts/src/database/flight.rs"]
mod flight_database;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/flight/src/lib.rs"]
mod flight_service;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/contracts/src/hotel.rs"]
pub mod hotel;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/contracts/src/database/hotel.rs"]
mod hotel_database;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/hotel/src/lib.rs"]
mod hotel_service;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/contracts/src/payment.rs"]
pub mod payment;
#[rustfmt::skip]
#[path = "../../../examples/travel/generated/payment/src/lib.rs"]
mod payment_service;

use std::collections::BTreeSet;

use saga_runtime::{Call, CallError, Decimal, Rejection, Unanswered};
use serde_json::Value;

use crate::booking::BookTrip;
use crate::booking_service::Request;
use crate::events::{CarReserved, FlightReserved, HotelReserved, TripPaid, TripRequested};
use crate::flight::Flight;
use crate::hotel::Hotel;
use crate::payment::ChargeTrip;

use saga_simulation::{Draw, Evidence, Faults, Hosted, Saga, Team};

struct Handlers(Faults);

impl booking::Handlers for Handlers {}

impl flight::Handlers for Handlers {
    fn reserve_flight(&self, flight: &mut Flight, _: &TripRequested) -> Result<(), Rejection> {
        if flight.seats == 0 {
            return Err(Rejection::because("fully booked"));
        }
        flight.seats -= 1;
        Ok(())
    }

    fn release_flight(&self, flight: &mut Flight, _: &TripRequested, _: &FlightReserved) {
        flight.seats += 1;
    }
}

impl hotel::Handlers for Handlers {
    fn reserve_hotel(&self, _: &mut Hotel, _: &TripRequested) -> Result<(), Rejection> {
        self.0.chance()
    }

    fn release_hotel(&self, _: &mut Hotel, _: &TripRequested, _: &HotelReserved) {}
}

impl car::Handlers for Handlers {
    fn reserve_car(&self, _: &TripRequested) -> Result<(), Rejection> {
        self.0.chance()
    }
}

impl payment::Handlers for Handlers {
    async fn charge_trip(
        &self,
        call: &Call,
        _: &TripRequested,
        _: &FlightReserved,
        _: &HotelReserved,
        _: &CarReserved,
    ) -> Result<ChargeTrip, CallError> {
        self.0.gateway().act(call).await?;
        Ok(ChargeTrip { charge_id: call.key.clone() })
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
        self.0.gateway().undo(call).await
    }
}

/// A price that no float can hold.
fn price(number: i32) -> Decimal {
    format!("{number}.{EXACT}").parse().expect("a decimal")
}

const EXACT: &str = "0000000000000000001";

/// Every price is the one that was asked for, and a seat is taken for each trip that holds one.
struct Trips;

impl Team for Trips {
    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let mut findings = Vec::new();
        for row in evidence.rows("booking", "trip_tb") {
            let price = row.get("price").as_str().unwrap_or_default();
            if !price.ends_with(EXACT) {
                findings.push(format!("trip {} costs {price}", row.get("id")));
            }
        }
        for row in evidence.rows("flight", "flight_tb") {
            let (flight, left) = (row.get("flight"), row.number("seats"));
            let held = BTreeSet::from_iter(holding(evidence, flight)).len() as i64;
            let mut first = evidence.first_rows("flight", "flight_tb");
            let first = first.find(|first| first.get("flight") == flight);
            let all = first.map_or(SEATS, |first| first.number("seats"));
            if left != all - held {
                findings.push(format!("{held} trips hold seats in {flight}, and {left} are left"));
            }
        }
        findings
    }
}

/// The trips that have a seat in a flight: no failure that the flight knows of has released it.
fn holding<'e>(evidence: &'e Evidence, flight: &'e Value) -> impl Iterator<Item = &'e str> {
    let released = |trip: &str| {
        let mut paid = evidence.messages("trip-paid").filter(|it| it.correlation == trip);
        paid.any(|it| it.body["success"] == false && !evidence.is_unhandled("flight", it))
    };
    let on_it = |trip: &str| {
        let mut asked = evidence.messages("trip-requested").filter(|it| it.correlation == trip);
        asked.any(|it| it.body["flight"] == *flight)
    };
    let reserved = evidence.messages("flight-reserved").filter(|it| it.body["success"] == true);
    let trips = reserved.map(|it| it.correlation.as_str());
    trips.filter(move |trip| on_it(trip) && !released(trip))
}

fn book_trip(draw: &mut Draw) -> Request {
    let flight = *draw.rng.one_of(&["KE123", "KE999", "OZ7", "OZ7", "none"]).expect("some");
    Request::BookTrip(BookTrip {
        price: price(draw.number),
        flight: flight.to_owned(),
        hotel: "Seaside".to_owned(),
        car: "small".to_owned(),
        card: "4242".to_owned(),
    })
}

/// How many seats there are in the flight that is not in the file.
const SEATS: i64 = 100;

fn more_flights(rows: &mut flight_service::Rows) {
    rows.flight.insert(Flight { flight: "OZ7".to_owned(), seats: SEATS as i32 }).expect("a new row");
}

fn a_hotel(rows: &mut hotel_service::Rows) {
    rows.hotel.insert(Hotel { hotel: "Seaside".to_owned(), rooms: 100 }).expect("a new row");
}

fn saga() -> Saga {
    let booking = Hosted::new(|faults| booking_service::BookingService::new(Handlers(faults.clone())));
    let flight = Hosted::new(|faults| flight_service::FlightService::new(Handlers(faults.clone())));
    let hotel = Hosted::new(|faults| hotel_service::HotelService::new(Handlers(faults.clone())));
    let services = vec![
        booking.asked("/trips", "price", book_trip).any(),
        flight.filled(more_flights).any(),
        hotel.filled(a_hotel).any(),
        Hosted::new(|faults| car_service::CarService::new(Handlers(faults.clone()))).any(),
        Hosted::new(|faults| payment_service::PaymentService::new(Handlers(faults.clone()))).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/travel/saga.yaml"), services)
        .known_by(Trips)
}

#[test]
fn seeds() {
    saga_simulation::live(saga(), "travel");
}

#[cfg(feature = "mutations")]
#[test]
fn every_mutation_is_noticed() {
    saga_simulation::notices(saga_runtime::mutation::Witness::SimulationOf("travel"));
}
