// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `onboarding` in one process, on the embedded default.

use std::process::ExitCode;

use account::AccountService;
use compliance::ComplianceService;
use mailbox::MailboxService;
use user::UserService;

fn main() -> ExitCode {
    saga_runtime::Local::new("onboarding")
        .serve(UserService::new(user_handlers::Handlers))
        .serve(MailboxService::new(mailbox_handlers::Handlers))
        .serve(ComplianceService::new(compliance_handlers::Handlers))
        .serve(AccountService::new(account_handlers::Handlers))
        .main()
}
