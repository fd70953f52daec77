// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `invoice` in one process, on the embedded default.

use std::process::ExitCode;

use bank::BankService;
use invoice::InvoiceService;

fn main() -> ExitCode {
    saga_runtime::Local::new("invoice")
        .serve(InvoiceService::new(invoice_handlers::Handlers))
        .serve(BankService::new(bank_handlers::Handlers))
        .main()
}
