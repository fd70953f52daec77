// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `points`, as it is deployed.

use std::process::ExitCode;

use points::PointsService;
use points_handlers::Handlers;

fn main() -> ExitCode {
    saga_runtime::main(PointsService::new(Handlers))
}
