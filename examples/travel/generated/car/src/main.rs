// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `car`, as it is deployed.

use std::process::ExitCode;

use car::CarService;
use car_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(CarService::new(Handlers))
}
