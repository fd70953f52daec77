// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `product`, as it is deployed.

use std::process::ExitCode;

use product::ProductService;
use product_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(ProductService::new(Handlers))
}
