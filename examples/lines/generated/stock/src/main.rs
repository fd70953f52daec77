// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `stock`, as it is deployed.

use std::process::ExitCode;

use stock::StockService;
use stock_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(StockService::new(Handlers))
}
