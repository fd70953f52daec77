// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `book`, as it is deployed.

use std::process::ExitCode;

use book::BookService;
use book_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(BookService::new(Handlers))
}
