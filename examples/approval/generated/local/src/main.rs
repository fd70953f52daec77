// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The whole saga `payment` in one process, on the embedded default.

use std::process::ExitCode;

use approval::ApprovalService;
use gateway::GatewayService;
use ledger::LedgerService;
use mail::MailService;
use payment::PaymentService;

fn main() -> ExitCode {
    saga_runtime::Local::new("payment")
        .serve(PaymentService::new(payment_handlers::Handlers))
        .serve(ApprovalService::new(approval_handlers::Handlers))
        .serve(GatewayService::new(gateway_handlers::Handlers))
        .serve(LedgerService::new(ledger_handlers::Handlers))
        .serve(MailService::new(mail_handlers::Handlers))
        .main()
}
