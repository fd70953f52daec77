// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `user`, as it is deployed.

use std::process::ExitCode;

use user::UserService;
use user_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(UserService::new(Handlers))
}
