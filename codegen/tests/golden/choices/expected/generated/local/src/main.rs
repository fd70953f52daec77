// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `visa` in one process, on the embedded default.

use std::process::ExitCode;

use consulate::ConsulateService;
use embassy::EmbassyService;
use labour::LabourService;
use papers::PapersService;

fn main() -> ExitCode {
    saga_runtime::Local::new("visa")
        .serve(EmbassyService::new(embassy_handlers::Handlers))
        .serve(PapersService::new(papers_handlers::Handlers))
        .serve(LabourService::new(labour_handlers::Handlers))
        .serve(ConsulateService::new(consulate_handlers::Handlers))
        .main()
}
