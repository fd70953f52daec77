// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `cart`, as it is deployed.

use std::process::ExitCode;

use cart::CartService;
use cart_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(CartService::new(Handlers))
}
