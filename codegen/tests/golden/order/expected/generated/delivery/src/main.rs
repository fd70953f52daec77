// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `delivery`, as it is deployed.

use std::process::ExitCode;

use delivery::DeliveryService;
use delivery_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(DeliveryService::new(Handlers))
}
