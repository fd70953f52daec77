//! The saga `trip` as it is simulated: the team's own handlers, and a gateway of the simulation that is charged.

use std::collections::BTreeSet;

use booking::{BookingService, Request};
use car::CarService;
use flight::FlightService;
use hotel::HotelService;
use payment::PaymentService;
use saga_runtime::{Call, CallError, Decimal, Unanswered};
use saga_simulation::{Draw, Evidence, Faults, Hosted, Saga, Team, Value};
use trip_contracts::booking::BookTrip;
use trip_contracts::events::{CarReserved, FlightReserved, HotelReserved, TripPaid, TripRequested};
use trip_contracts::flight::Flight;
use trip_contracts::payment::{ChargeTrip, Handlers};

/// The saga, with the services in the order of the file.
pub fn saga() -> Saga {
    let services = vec![
        Hosted::new(|_| BookingService::new(booking_handlers::Handlers))
            .asked("/trips", "price", book_trip)
            .any(),
        Hosted::new(|_| FlightService::new(flight_handlers::Handlers)).filled(more_flights).any(),
        Hosted::new(|_| HotelService::new(hotel_handlers::Handlers)).any(),
        Hosted::new(|_| CarService::new(car_handlers::Handlers)).any(),
        Hosted::new(|faults| PaymentService::new(Gateway(faults.clone()))).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../saga.yaml"), services).known_by(Trips)
}

/// Charges at the gateway of the simulated world.
struct Gateway(Faults);

impl Handlers for Gateway {
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

/// A trip of a client: now and then one that cannot be booked.
fn book_trip(draw: &mut Draw) -> Request {
    let mut one_of = |names: &[&str]| (*draw.rng.one_of(names).expect("some")).to_owned();
    Request::BookTrip(BookTrip {
        flight: one_of(&["KE123", "KE999", "OZ7", "OZ7", "none"]),
        hotel: one_of(&["Grand", "Grand", "Grand", "Grand", "Full"]),
        car: one_of(&["compact", "compact", "van", "van", "limousine"]),
        card: "4242".to_owned(),
        price: price(draw.number),
    })
}

/// A price that no float can hold.
fn price(number: i32) -> Decimal {
    format!("{number}.{EXACT}").parse().expect("a decimal")
}

const EXACT: &str = "0000000000000000001";

/// How many seats there are in the flight that is not in the file.
const SEATS: i64 = 100;

fn more_flights(rows: &mut flight::Rows) {
    rows.flight.insert(Flight { flight: "OZ7".to_owned(), seats: SEATS as i32 }).expect("a new row");
}

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
