// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `packing`, as it is deployed.

use std::process::ExitCode;

use packing::PackingService;
use packing_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(PackingService::new(Handlers))
}
