// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `payments`, as it is deployed.

use std::process::ExitCode;

use payments::PaymentsService;
use payments_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(PaymentsService::new(Handlers))
}
