// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `seats`, as it is deployed.

use std::process::ExitCode;

use seats::SeatsService;
use seats_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(SeatsService::new(Handlers))
}
