// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `notification`, as it is deployed.

use std::process::ExitCode;

use notification::NotificationService;
use notification_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(NotificationService::new(Handlers))
}
