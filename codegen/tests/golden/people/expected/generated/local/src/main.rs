// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `parcel` in one process, on the embedded default.

use std::process::ExitCode;

use courier::CourierService;
use desk::DeskService;
use sender::SenderService;

fn main() -> ExitCode {
    saga_runtime::Local::new("parcel")
        .serve(SenderService::new(sender_handlers::Handlers))
        .serve(DeskService::new(desk_handlers::Handlers))
        .serve(CourierService::new(courier_handlers::Handlers))
        .main()
}
