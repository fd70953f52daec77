// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `police`, as it is deployed.

use std::process::ExitCode;

use police::PoliceService;
use police_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(PoliceService::new(Handlers))
}
