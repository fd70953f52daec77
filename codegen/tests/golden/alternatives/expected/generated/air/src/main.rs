// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `air`, as it is deployed.

use std::process::ExitCode;

use air::AirService;
use air_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(AirService::new(Handlers))
}
