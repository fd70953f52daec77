// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `consulate`, as it is deployed.

use std::process::ExitCode;

use consulate::ConsulateService;
use consulate_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(ConsulateService::new(Handlers))
}
