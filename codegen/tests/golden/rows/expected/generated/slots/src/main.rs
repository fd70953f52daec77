// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `slots`, as it is deployed.

use std::process::ExitCode;

use slots::SlotsService;
use slots_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(SlotsService::new(Handlers))
}
