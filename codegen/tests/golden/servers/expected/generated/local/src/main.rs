// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `support` in one process, on the embedded default.

use std::process::ExitCode;

use desk::DeskService;
use mailer::MailerService;

fn main() -> ExitCode {
    saga_runtime::Local::new("support")
        .serve(DeskService::new(desk_handlers::Handlers))
        .serve(MailerService::new(mailer_handlers::Handlers))
        .main()
}
