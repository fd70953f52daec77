// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `papers`, as it is deployed.

use std::process::ExitCode;

use papers::PapersService;
use papers_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(PapersService::new(Handlers))
}
