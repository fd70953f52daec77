// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `return` in one process, on the embedded default.

use std::process::ExitCode;

use account::AccountService;
use return_desk::ReturnDeskService;
use warehouse::WarehouseService;

fn main() -> ExitCode {
    saga_runtime::Local::new("return")
        .serve(ReturnDeskService::new(return_desk_handlers::Handlers))
        .serve(WarehouseService::new(warehouse_handlers::Handlers))
        .serve(AccountService::new(account_handlers::Handlers))
        .main()
}
