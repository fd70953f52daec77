// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `market` in one process, on the embedded default.

use std::process::ExitCode;

use archive::ArchiveService;
use order::OrderService;
use packing::PackingService;
use points::PointsService;
use slots::SlotsService;
use stock::StockService;

fn main() -> ExitCode {
    saga_runtime::Local::new("market")
        .serve(OrderService::new(order_handlers::Handlers))
        .serve(StockService::new(stock_handlers::Handlers))
        .serve(SlotsService::new(slots_handlers::Handlers))
        .serve(PackingService::new(packing_handlers::Handlers))
        .serve(ArchiveService)
        .serve(PointsService::new(points_handlers::Handlers))
        .main()
}
