// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `parcel` in one process, on the embedded default.

use std::process::ExitCode;

use air::AirService;
use courier::CourierService;
use desk::DeskService;
use road::RoadService;
use sender::SenderService;

fn main() -> ExitCode {
    saga_runtime::Local::new("parcel")
        .serve(SenderService::new(sender_handlers::Handlers))
        .serve(RoadService::new(road_handlers::Handlers))
        .serve(AirService::new(air_handlers::Handlers))
        .serve(DeskService::new(desk_handlers::Handlers))
        .serve(CourierService::new(courier_handlers::Handlers))
        .main()
}
