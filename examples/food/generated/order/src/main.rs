// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `order`, as it is deployed.

use std::process::ExitCode;

use order::OrderService;
use order_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(OrderService::new(Handlers))
}
