// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `trip` in one process, on the embedded default.

use std::process::ExitCode;

use booking::BookingService;
use car::CarService;
use flight::FlightService;
use hotel::HotelService;
use payment::PaymentService;

fn main() -> ExitCode {
    saga_runtime::Local::new("trip")
        .serve(BookingService::new(booking_handlers::Handlers))
        .serve(FlightService::new(flight_handlers::Handlers))
        .serve(HotelService::new(hotel_handlers::Handlers))
        .serve(CarService::new(car_handlers::Handlers))
        .serve(PaymentService::new(payment_handlers::Handlers))
        .main()
}
