// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `mailbox`, as it is deployed.

use std::process::ExitCode;

use mailbox::MailboxService;
use mailbox_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(MailboxService::new(Handlers))
}
