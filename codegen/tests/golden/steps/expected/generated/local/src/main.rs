// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `trip` in one process, on the embedded default.

use std::process::ExitCode;

use booking::BookingService;
use payment::PaymentService;
use rooms::RoomsService;
use seats::SeatsService;

fn main() -> ExitCode {
    saga_runtime::Local::new("trip")
        .serve(BookingService::new(booking_handlers::Handlers))
        .serve(SeatsService::new(seats_handlers::Handlers))
        .serve(RoomsService::new(rooms_handlers::Handlers))
        .serve(PaymentService::new(payment_handlers::Handlers))
        .main()
}
