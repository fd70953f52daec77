// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `account`, as it is deployed.

use std::process::ExitCode;

use account::AccountService;
use account_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(AccountService::new(Handlers))
}
