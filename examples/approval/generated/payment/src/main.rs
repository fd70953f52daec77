// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `payment`, as it is deployed.

use std::process::ExitCode;

use payment::PaymentService;
use payment_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(PaymentService::new(Handlers))
}
