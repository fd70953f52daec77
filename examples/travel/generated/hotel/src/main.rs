// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `hotel`, as it is deployed.

use std::process::ExitCode;

use hotel::HotelService;
use hotel_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(HotelService::new(Handlers))
}
