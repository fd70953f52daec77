// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `booking`, as it is deployed.

use std::process::ExitCode;

use booking::BookingService;
use booking_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(BookingService::new(Handlers))
}
