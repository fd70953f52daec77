// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `compliance`, as it is deployed.

use std::process::ExitCode;

use compliance::ComplianceService;
use compliance_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(ComplianceService::new(Handlers))
}
