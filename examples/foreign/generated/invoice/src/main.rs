// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `invoice`, as it is deployed.

use std::process::ExitCode;

use invoice::InvoiceService;
use invoice_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(InvoiceService::new(Handlers))
}
