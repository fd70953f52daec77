// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `payment`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `payment`.
    pub const PAYMENT: usize = 0;
    /// `approval`.
    pub const APPROVAL: usize = 1;
    /// `gateway`.
    pub const GATEWAY: usize = 2;
    /// `ledger`.
    pub const LEDGER: usize = 3;
    /// `mail`.
    pub const MAIL: usize = 4;
}

/// The places of the entities.
pub mod entity {
    /// `Payment`.
    pub const PAYMENT: usize = 0;
    /// `Approval`.
    pub const APPROVAL: usize = 1;
}

/// The places of the messages.
pub mod message {
    /// `PaymentRequested`.
    pub const PAYMENT_REQUESTED: usize = 0;
    /// `ApprovalDecided.success`.
    pub const APPROVAL_DECIDED_SUCCESS: usize = 1;
    /// `ApprovalDecided.failure`.
    pub const APPROVAL_DECIDED_FAILURE: usize = 2;
    /// `PaymentCaptured.success`.
    pub const PAYMENT_CAPTURED_SUCCESS: usize = 3;
    /// `PaymentCaptured.failure`.
    pub const PAYMENT_CAPTURED_FAILURE: usize = 4;
    /// `EntryBooked.success`.
    pub const ENTRY_BOOKED_SUCCESS: usize = 5;
    /// `EntryBooked.failure`.
    pub const ENTRY_BOOKED_FAILURE: usize = 6;
}

/// The places of the steps.
pub mod step {
    /// `request-payment`.
    pub const REQUEST_PAYMENT: usize = 0;
    /// `book-payment`.
    pub const BOOK_PAYMENT: usize = 1;
    /// `refuse-payment`.
    pub const REFUSE_PAYMENT: usize = 2;
    /// `decide-approval`.
    pub const DECIDE_APPROVAL: usize = 3;
    /// `open-approval`.
    pub const OPEN_APPROVAL: usize = 4;
    /// `capture-payment`.
    pub const CAPTURE_PAYMENT: usize = 5;
    /// `book-entry`.
    pub const BOOK_ENTRY: usize = 6;
    /// `send-receipt`.
    pub const SEND_RECEIPT: usize = 7;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("request-payment", service::PAYMENT)
            .begins()
            .creates(entity::PAYMENT)
            .publishes([message::PAYMENT_REQUESTED]),
        Step::of("book-payment", service::PAYMENT)
            .needs(Need::of([message::ENTRY_BOOKED_SUCCESS]).excluded_by([message::ENTRY_BOOKED_FAILURE]))
            .loads(RowUse::own(entity::PAYMENT).moved_to(1)),
        Step::of("refuse-payment", service::PAYMENT)
            .needs(Need::of([message::ENTRY_BOOKED_FAILURE]).excluded_by([message::ENTRY_BOOKED_SUCCESS]))
            .loads(RowUse::own(entity::PAYMENT).moved_to(2)),
        Step::of("decide-approval", service::APPROVAL)
            .asked()
            .needs(message::PAYMENT_REQUESTED)
            .deadline()
            .kept()
            .loads(RowUse::own(entity::APPROVAL).in_any_status())
            .publishes([message::APPROVAL_DECIDED_SUCCESS])
            .rejects_with(message::APPROVAL_DECIDED_FAILURE)
            .undone(Compensation::Needless),
        Step::of("open-approval", service::APPROVAL)
            .needs(message::PAYMENT_REQUESTED)
            .creates(entity::APPROVAL)
            .undone(Compensation::Needless),
        Step::of("capture-payment", service::GATEWAY)
            .needs(message::PAYMENT_REQUESTED)
            .needs(message::APPROVAL_DECIDED_SUCCESS)
            .closed_by([message::APPROVAL_DECIDED_FAILURE])
            .calls()
            .kept()
            .publishes([message::PAYMENT_CAPTURED_SUCCESS])
            .rejects_with(message::PAYMENT_CAPTURED_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::ENTRY_BOOKED_FAILURE] }),
        Step::of("book-entry", service::LEDGER)
            .needs(message::PAYMENT_REQUESTED)
            .needs(message::PAYMENT_CAPTURED_SUCCESS)
            .closed_by([message::PAYMENT_CAPTURED_FAILURE])
            .kept()
            .publishes([message::ENTRY_BOOKED_SUCCESS])
            .rejects_with(message::ENTRY_BOOKED_FAILURE)
            .undone(Compensation::Needless),
        Step::of("send-receipt", service::MAIL)
            .needs(message::PAYMENT_REQUESTED)
            .needs(Need::of([message::ENTRY_BOOKED_SUCCESS]).excluded_by([message::ENTRY_BOOKED_FAILURE]))
            .calls()
            .kept(),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::REQUEST_PAYMENT]),
        Entity::of([Phase::Open], [step::OPEN_APPROVAL]),
    ];
    Flow::new(5, 7, steps, entities, vec![])
}
