// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `gateway`, as it is deployed.

use std::process::ExitCode;

use gateway::GatewayService;
use gateway_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(GatewayService::new(Handlers))
}
