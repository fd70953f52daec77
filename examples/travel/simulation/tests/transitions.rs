//! Each transition that is proved of the saga is made in its services.

use booking::BookingService;
use car::CarService;
use flight::FlightService;
use hotel::HotelService;
use payment::PaymentService;
use saga_runtime::{Call, CallError, Refusal, Rejection, Unanswered};
use saga_semantics::{AnyPlace, Books, Place, Saga, Script};
use trip_contracts::booking::{RequestCancel, Trip};
use trip_contracts::events::{CarReserved, FlightReserved, HotelReserved, TripPaid, TripRequested};
use trip_contracts::flight::Flight;
use trip_contracts::hotel::Hotel;
use trip_contracts::payment::ChargeTrip;

struct Handlers(Script);

impl trip_contracts::booking::Handlers for Handlers {
    fn request_cancel(&self, _: &mut Trip, _: &RequestCancel) -> Result<(), Refusal> {
        self.0.does("request-cancel");
        Ok(())
    }
}

impl trip_contracts::flight::Handlers for Handlers {
    fn reserve_flight(&self, flight: &mut Flight, _: &TripRequested) -> Result<(), Rejection> {
        flight.seats -= 1;
        self.0.decides("reserve-flight")
    }

    fn release_flight(&self, flight: &mut Flight, trip: &TripRequested, reserved: &FlightReserved) {
        assert_eq!((&reserved.trip_id, reserved.success), (&trip.trip_id, true));
        flight.seats += 1;
        self.0.does("release-flight");
    }
}

impl trip_contracts::hotel::Handlers for Handlers {
    fn reserve_hotel(&self, hotel: &mut Hotel, _: &TripRequested) -> Result<(), Rejection> {
        hotel.rooms -= 1;
        self.0.decides("reserve-hotel")
    }

    fn release_hotel(&self, hotel: &mut Hotel, trip: &TripRequested, reserved: &HotelReserved) {
        assert_eq!((&reserved.trip_id, reserved.success), (&trip.trip_id, true));
        hotel.rooms += 1;
        self.0.does("release-hotel");
    }
}

impl trip_contracts::car::Handlers for Handlers {
    fn reserve_car(&self, _: &TripRequested) -> Result<(), Rejection> {
        self.0.decides("reserve-car")
    }
}

impl trip_contracts::payment::Handlers for Handlers {
    async fn charge_trip(
        &self,
        _: &Call,
        _: &TripRequested,
        flight: &FlightReserved,
        hotel: &HotelReserved,
        car: &CarReserved,
    ) -> Result<ChargeTrip, CallError> {
        assert!(flight.success && hotel.success && car.success);
        self.0.calls("charge-trip").map(|_| ChargeTrip { charge_id: "1".to_owned() })
    }

    async fn void_charge(
        &self,
        _: &Call,
        _: &TripRequested,
        _: &FlightReserved,
        _: &HotelReserved,
        _: &CarReserved,
        paid: Option<&TripPaid>,
    ) -> Result<(), Unanswered> {
        assert_eq!(paid, None, "only a charge that was never answered is voided");
        self.0.does("void-charge");
        Ok(())
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    let flights = Place::new(FlightService::new(handlers()));
    let hotels = Place::new(HotelService::new(handlers()));
    vec![
        Place::new(BookingService::new(handlers())).any(),
        flights.with(|rows| drop(rows.flight.insert(Flight { flight: "flight".to_owned(), seats: 0 }))).any(),
        hotels.with(|rows| drop(rows.hotel.insert(Hotel { hotel: "hotel".to_owned(), rooms: 0 }))).any(),
        Place::new(CarService::new(handlers())).any(),
        Place::new(PaymentService::new(handlers())).any(),
    ]
}

/// Each reservation takes a seat and a room, and gives it back once.
fn reservations_are_kept_once(books: &Books<'_>) -> Result<(), String> {
    let seats = books.numbers("flight", "flight_tb", "seats")["flight"];
    let rooms = books.numbers("hotel", "hotel_tb", "rooms")["hotel"];
    let held = (books.effects("reserve-flight"), books.effects("reserve-hotel"));
    if (-seats, -rooms) == held {
        Ok(())
    } else {
        Err(format!("{held:?} are held: {seats} seats, {rooms} rooms"))
    }
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../saga.yaml", services).balanced(reservations_are_kept_once).agrees();
}
