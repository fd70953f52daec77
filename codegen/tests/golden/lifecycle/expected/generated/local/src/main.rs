// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `claim` in one process, on the embedded default.

use std::process::ExitCode;

use archive::ArchiveService;
use bank::BankService;
use catalogue::CatalogueService;
use desk::DeskService;
use till::TillService;

fn main() -> ExitCode {
    saga_runtime::Local::new("claim")
        .serve(DeskService::new(desk_handlers::Handlers))
        .serve(BankService::new(bank_handlers::Handlers))
        .serve(TillService::new(till_handlers::Handlers))
        .serve(ArchiveService)
        .serve(CatalogueService)
        .main()
}
