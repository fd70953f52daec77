// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `shop` in one process, on the embedded default.

use std::process::ExitCode;

use cart::CartService;
use stock::StockService;
use till::TillService;

fn main() -> ExitCode {
    saga_runtime::Local::new("shop")
        .serve(CartService::new(cart_handlers::Handlers))
        .serve(StockService::new(stock_handlers::Handlers))
        .serve(TillService::new(till_handlers::Handlers))
        .main()
}
