// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `risk`, as it is deployed.

use std::process::ExitCode;

use risk::RiskService;
use risk_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(RiskService::new(Handlers))
}
