// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The service `archive`, as it is deployed.

use std::process::ExitCode;

use archive::ArchiveService;

fn main() -> ExitCode {
    saga_runtime::main(ArchiveService)
}
