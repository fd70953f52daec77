// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `assessors`, as it is deployed.

use std::process::ExitCode;

use assessors::AssessorsService;
use assessors_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(AssessorsService::new(Handlers))
}
