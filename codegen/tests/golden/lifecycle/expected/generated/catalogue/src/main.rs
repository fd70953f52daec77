// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `catalogue`, as it is deployed.

use std::process::ExitCode;

use catalogue::CatalogueService;

fn main() -> ExitCode {
    saga_runtime::main(CatalogueService)
}
