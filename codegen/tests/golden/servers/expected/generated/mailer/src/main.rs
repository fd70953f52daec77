// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `mailer`, as it is deployed.

use std::process::ExitCode;

use mailer::MailerService;
use mailer_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(MailerService::new(Handlers))
}
