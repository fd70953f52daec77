// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `underwriting`, as it is deployed.

use std::process::ExitCode;

use underwriting::UnderwritingService;
use underwriting_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(UnderwritingService::new(Handlers))
}
