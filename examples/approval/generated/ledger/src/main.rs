// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `ledger`, as it is deployed.

use std::process::ExitCode;

use ledger::LedgerService;
use ledger_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(LedgerService::new(Handlers))
}
