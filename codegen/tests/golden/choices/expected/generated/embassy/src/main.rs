// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `embassy`, as it is deployed.

use std::process::ExitCode;

use embassy::EmbassyService;
use embassy_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(EmbassyService::new(Handlers))
}
