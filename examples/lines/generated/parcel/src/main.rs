// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `parcel`, as it is deployed.

use std::process::ExitCode;

use parcel::ParcelService;
use parcel_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(ParcelService::new(Handlers))
}
