// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `labour`, as it is deployed.

use std::process::ExitCode;

use labour::LabourService;
use labour_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(LabourService::new(Handlers))
}
