// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `approval`, as it is deployed.

use std::process::ExitCode;

use approval::ApprovalService;
use approval_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(ApprovalService::new(Handlers))
}
