// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `loan` in one process, on the embedded default.

use std::process::ExitCode;

use archive::ArchiveService;
use bank::BankService;
use desk::DeskService;
use home::HomeService;
use risk::RiskService;

fn main() -> ExitCode {
    saga_runtime::Local::new("loan")
        .serve(DeskService::new(desk_handlers::Handlers))
        .serve(RiskService::new(risk_handlers::Handlers))
        .serve(HomeService::new(home_handlers::Handlers))
        .serve(BankService::new(bank_handlers::Handlers))
        .serve(ArchiveService)
        .main()
}
