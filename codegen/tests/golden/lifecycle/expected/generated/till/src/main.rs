// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `till`, as it is deployed.

use std::process::ExitCode;

use till::TillService;
use till_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(TillService::new(Handlers))
}
