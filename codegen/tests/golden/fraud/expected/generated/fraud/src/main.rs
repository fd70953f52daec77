// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `fraud`, as it is deployed.

use std::process::ExitCode;

use fraud::FraudService;
use fraud_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(FraudService::new(Handlers))
}
