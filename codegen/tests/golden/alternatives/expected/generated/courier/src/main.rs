// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `courier`, as it is deployed.

use std::process::ExitCode;

use courier::CourierService;
use courier_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(CourierService::new(Handlers))
}
