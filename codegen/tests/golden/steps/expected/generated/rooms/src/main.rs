// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `rooms`, as it is deployed.

use std::process::ExitCode;

use rooms::RoomsService;
use rooms_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(RoomsService::new(Handlers))
}
