// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `order` in one process, on the embedded default.

use std::process::ExitCode;

use delivery::DeliveryService;
use order::OrderService;
use product::ProductService;

fn main() -> ExitCode {
    saga_runtime::Local::new("order")
        .serve(OrderService::new(order_handlers::Handlers))
        .serve(ProductService::new(product_handlers::Handlers))
        .serve(DeliveryService::new(delivery_handlers::Handlers))
        .main()
}
