// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `home`, as it is deployed.

use std::process::ExitCode;

use home::HomeService;
use home_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(HomeService::new(Handlers))
}
