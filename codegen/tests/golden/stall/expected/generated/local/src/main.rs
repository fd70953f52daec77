// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `stall` in one process, on the embedded default.

use std::process::ExitCode;

use carrier::CarrierService;
use packing::PackingService;
use shop::ShopService;

fn main() -> ExitCode {
    saga_runtime::Local::new("stall")
        .serve(ShopService::new(shop_handlers::Handlers))
        .serve(PackingService::new(packing_handlers::Handlers))
        .serve(CarrierService::new(carrier_handlers::Handlers))
        .main()
}
