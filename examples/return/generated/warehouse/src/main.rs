// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `warehouse`, as it is deployed.

use std::process::ExitCode;

use warehouse::WarehouseService;
use warehouse_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(WarehouseService::new(Handlers))
}
