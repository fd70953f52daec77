// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `invoice`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Entity, ExternalEvent, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `invoice`.
    pub const INVOICE: usize = 0;
    /// `bank`.
    pub const BANK: usize = 1;
}

/// The places of the entities.
pub mod entity {
    /// `Invoice`.
    pub const INVOICE: usize = 0;
}

/// The places of the messages.
pub mod message {
    /// `InvoiceSent`.
    pub const INVOICE_SENT: usize = 0;
    /// `BankSettled.SETTLED`.
    pub const BANK_SETTLED_SETTLED: usize = 1;
    /// `BankSettled.BOUNCED`.
    pub const BANK_SETTLED_BOUNCED: usize = 2;
    /// `InvoicePaid.success`.
    pub const INVOICE_PAID_SUCCESS: usize = 3;
    /// `InvoicePaid.failure`.
    pub const INVOICE_PAID_FAILURE: usize = 4;
}

/// The places of the steps.
pub mod step {
    /// `send-invoice`.
    pub const SEND_INVOICE: usize = 0;
    /// `close-invoice`.
    pub const CLOSE_INVOICE: usize = 1;
    /// `dun-invoice`.
    pub const DUN_INVOICE: usize = 2;
    /// `settle-invoice`.
    pub const SETTLE_INVOICE: usize = 3;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("send-invoice", service::INVOICE)
            .begins()
            .creates(entity::INVOICE)
            .publishes([message::INVOICE_SENT]),
        Step::of("close-invoice", service::INVOICE)
            .needs(Need::of([message::INVOICE_PAID_SUCCESS]).excluded_by([message::INVOICE_PAID_FAILURE]))
            .loads(RowUse::own(entity::INVOICE).moved_to(1)),
        Step::of("dun-invoice", service::INVOICE)
            .needs(Need::of([message::INVOICE_PAID_FAILURE]).excluded_by([message::INVOICE_PAID_SUCCESS]))
            .loads(RowUse::own(entity::INVOICE).moved_to(2)),
        Step::of("settle-invoice", service::BANK)
            .needs(message::INVOICE_SENT)
            .needs(message::BANK_SETTLED_SETTLED)
            .closed_by([message::BANK_SETTLED_BOUNCED])
            .deadline()
            .kept()
            .publishes([message::INVOICE_PAID_SUCCESS])
            .rejects_with(message::INVOICE_PAID_FAILURE),
    ];
    let entities = vec![Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::SEND_INVOICE])];
    Flow::new(
        2,
        5,
        steps,
        entities,
        vec![ExternalEvent { messages: vec![message::BANK_SETTLED_SETTLED, message::BANK_SETTLED_BOUNCED] }],
    )
}
