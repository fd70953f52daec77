// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `mail`, as it is deployed.

use std::process::ExitCode;

use mail::MailService;
use mail_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(MailService::new(Handlers))
}
