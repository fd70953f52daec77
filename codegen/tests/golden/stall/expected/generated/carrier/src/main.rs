// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `carrier`, as it is deployed.

use std::process::ExitCode;

use carrier::CarrierService;
use carrier_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(CarrierService::new(Handlers))
}
