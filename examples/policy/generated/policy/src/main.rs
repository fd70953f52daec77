// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `policy`, as it is deployed.

use std::process::ExitCode;

use policy::PolicyService;
use policy_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(PolicyService::new(Handlers))
}
