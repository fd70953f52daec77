// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `insurer`, as it is deployed.

use std::process::ExitCode;

use insurer::InsurerService;
use insurer_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(InsurerService::new(Handlers))
}
