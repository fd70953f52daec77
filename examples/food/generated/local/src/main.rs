// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `food` in one process, on the embedded default.

use std::process::ExitCode;

use courier::CourierService;
use order::OrderService;
use restaurant::RestaurantService;

fn main() -> ExitCode {
    saga_runtime::Local::new("food")
        .serve(OrderService::new(order_handlers::Handlers))
        .serve(RestaurantService::new(restaurant_handlers::Handlers))
        .serve(CourierService::new(courier_handlers::Handlers))
        .main()
}
