// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `return-desk`, as it is deployed.

use std::process::ExitCode;

use return_desk::ReturnDeskService;
use return_desk_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(ReturnDeskService::new(Handlers))
}
