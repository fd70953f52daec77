// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `bank`, as it is deployed.

use std::process::ExitCode;

use bank::BankService;
use bank_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(BankService::new(Handlers))
}
