// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `road`, as it is deployed.

use std::process::ExitCode;

use road::RoadService;
use road_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(RoadService::new(Handlers))
}
