// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `desk`, as it is deployed.

use std::process::ExitCode;

use desk::DeskService;
use desk_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(DeskService::new(Handlers))
}
