// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `wire` in one process, on the embedded default.

use std::process::ExitCode;

use bank::BankService;
use book::BookService;
use desk::DeskService;
use limits::LimitsService;

fn main() -> ExitCode {
    saga_runtime::Local::new("wire")
        .serve(DeskService::new(desk_handlers::Handlers))
        .serve(LimitsService::new(limits_handlers::Handlers))
        .serve(BankService::new(bank_handlers::Handlers))
        .serve(BookService::new(book_handlers::Handlers))
        .main()
}
