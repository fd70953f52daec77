// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `claim` in one process, on the embedded default.

use std::process::ExitCode;

use archive::ArchiveService;
use assessors::AssessorsService;
use desk::DeskService;
use payments::PaymentsService;
use police::PoliceService;

fn main() -> ExitCode {
    saga_runtime::Local::new("claim")
        .serve(DeskService::new(desk_handlers::Handlers))
        .serve(AssessorsService::new(assessors_handlers::Handlers))
        .serve(PoliceService::new(police_handlers::Handlers))
        .serve(ArchiveService::new(archive_handlers::Handlers))
        .serve(PaymentsService::new(payments_handlers::Handlers))
        .main()
}
