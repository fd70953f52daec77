// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `shop` in one process, on the embedded default.

use std::process::ExitCode;

use order::OrderService;
use parcel::ParcelService;
use stock::StockService;

fn main() -> ExitCode {
    saga_runtime::Local::new("shop")
        .serve(OrderService::new(order_handlers::Handlers))
        .serve(StockService::new(stock_handlers::Handlers))
        .serve(ParcelService::new(parcel_handlers::Handlers))
        .main()
}
