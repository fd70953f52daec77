// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `sender`, as it is deployed.

use std::process::ExitCode;

use sender::SenderService;
use sender_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(SenderService::new(Handlers))
}
