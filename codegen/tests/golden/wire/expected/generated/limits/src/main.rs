// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `limits`, as it is deployed.

use std::process::ExitCode;

use limits::LimitsService;
use limits_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(LimitsService::new(Handlers))
}
