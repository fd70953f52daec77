// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `shop`, as it is deployed.

use std::process::ExitCode;

use shop::ShopService;
use shop_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(ShopService::new(Handlers))
}
