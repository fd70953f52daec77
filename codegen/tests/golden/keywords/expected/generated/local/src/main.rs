// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `user` in one process, on the embedded default.

use std::process::ExitCode;

use order::OrderService;
use user::UserService;

fn main() -> ExitCode {
    saga_runtime::Local::new("user")
        .serve(OrderService::new(order_handlers::Handlers))
        .serve(UserService::new(user_handlers::Handlers))
        .main()
}
