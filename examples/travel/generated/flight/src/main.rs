// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `flight`, as it is deployed.

use std::process::ExitCode;

use flight::FlightService;
use flight_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(FlightService::new(Handlers))
}
