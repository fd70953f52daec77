// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `insurance` in one process, on the embedded default.

use std::process::ExitCode;

use policy::PolicyService;
use underwriting::UnderwritingService;

fn main() -> ExitCode {
    saga_runtime::Local::new("insurance")
        .serve(PolicyService::new(policy_handlers::Handlers))
        .serve(UnderwritingService::new(underwriting_handlers::Handlers))
        .main()
}
