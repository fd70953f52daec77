// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `restaurant`, as it is deployed.

use std::process::ExitCode;

use restaurant::RestaurantService;
use restaurant_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(RestaurantService::new(Handlers))
}
