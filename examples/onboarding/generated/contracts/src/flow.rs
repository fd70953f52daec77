// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `onboarding`: what each step waits for, and what it
//! publishes. `cargo saga check` proves that every run of it ends well, and the
//! services perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `user`.
    pub const USER: usize = 0;
    /// `mailbox`.
    pub const MAILBOX: usize = 1;
    /// `compliance`.
    pub const COMPLIANCE: usize = 2;
    /// `account`.
    pub const ACCOUNT: usize = 3;
}

/// The places of the entities.
pub mod entity {
    /// `User`.
    pub const USER: usize = 0;
    /// `Mailbox`.
    pub const MAILBOX: usize = 1;
    /// `Account`.
    pub const ACCOUNT: usize = 2;
}

/// The places of the messages.
pub mod message {
    /// `UserRegistered.private`.
    pub const USER_REGISTERED_PRIVATE: usize = 0;
    /// `UserRegistered.business`.
    pub const USER_REGISTERED_BUSINESS: usize = 1;
    /// `MailboxCreated.success`.
    pub const MAILBOX_CREATED_SUCCESS: usize = 2;
    /// `MailboxCreated.failure`.
    pub const MAILBOX_CREATED_FAILURE: usize = 3;
    /// `KycChecked.approved`.
    pub const KYC_CHECKED_APPROVED: usize = 4;
    /// `KycChecked.review`.
    pub const KYC_CHECKED_REVIEW: usize = 5;
    /// `KycChecked.rejected`.
    pub const KYC_CHECKED_REJECTED: usize = 6;
    /// `ReviewDecided.success`.
    pub const REVIEW_DECIDED_SUCCESS: usize = 7;
    /// `ReviewDecided.failure`.
    pub const REVIEW_DECIDED_FAILURE: usize = 8;
    /// `AccountOpened.success`.
    pub const ACCOUNT_OPENED_SUCCESS: usize = 9;
    /// `AccountOpened.failure`.
    pub const ACCOUNT_OPENED_FAILURE: usize = 10;
}

/// The places of the steps.
pub mod step {
    /// `register-user`.
    pub const REGISTER_USER: usize = 0;
    /// `activate-user`.
    pub const ACTIVATE_USER: usize = 1;
    /// `refuse-user`.
    pub const REFUSE_USER: usize = 2;
    /// `create-mailbox`.
    pub const CREATE_MAILBOX: usize = 3;
    /// `decide-review`.
    pub const DECIDE_REVIEW: usize = 4;
    /// `check-kyc`.
    pub const CHECK_KYC: usize = 5;
    /// `open-account`.
    pub const OPEN_ACCOUNT: usize = 6;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("register-user", service::USER)
            .begins()
            .creates(entity::USER)
            .publishes([message::USER_REGISTERED_PRIVATE])
            .publishes([message::USER_REGISTERED_BUSINESS]),
        Step::of("activate-user", service::USER)
            .needs(Need::of([message::ACCOUNT_OPENED_SUCCESS]).excluded_by([message::ACCOUNT_OPENED_FAILURE]))
            .loads(RowUse::own(entity::USER).moved_to(1)),
        Step::of("refuse-user", service::USER)
            .needs(Need::of([message::ACCOUNT_OPENED_FAILURE]).excluded_by([message::ACCOUNT_OPENED_SUCCESS]))
            .loads(RowUse::own(entity::USER).moved_to(2)),
        Step::of("create-mailbox", service::MAILBOX)
            .needs(Need::of([message::USER_REGISTERED_PRIVATE, message::USER_REGISTERED_BUSINESS]))
            .kept()
            .creates(entity::MAILBOX)
            .publishes([message::MAILBOX_CREATED_SUCCESS])
            .rejects_with(message::MAILBOX_CREATED_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::ACCOUNT_OPENED_FAILURE] }),
        Step::of("decide-review", service::COMPLIANCE)
            .asked()
            .needs(
                Need::of([message::KYC_CHECKED_REVIEW])
                    .excluded_by([message::KYC_CHECKED_APPROVED, message::KYC_CHECKED_REJECTED]),
            )
            .deadline()
            .kept()
            .publishes([message::REVIEW_DECIDED_SUCCESS])
            .rejects_with(message::REVIEW_DECIDED_FAILURE)
            .undone(Compensation::Needless),
        Step::of("check-kyc", service::COMPLIANCE)
            .needs(
                Need::of([message::USER_REGISTERED_BUSINESS]).excluded_by([message::USER_REGISTERED_PRIVATE]),
            )
            .calls()
            .kept()
            .publishes([message::KYC_CHECKED_APPROVED])
            .publishes([message::KYC_CHECKED_REVIEW])
            .rejects_with(message::KYC_CHECKED_REJECTED)
            .undone(Compensation::Needless),
        Step::of("open-account", service::ACCOUNT)
            .needs(Need::of([message::USER_REGISTERED_PRIVATE, message::USER_REGISTERED_BUSINESS]))
            .needs(message::MAILBOX_CREATED_SUCCESS)
            .needs_one(
                Need::of([message::USER_REGISTERED_PRIVATE]).excluded_by([message::USER_REGISTERED_BUSINESS]),
            )
            .needs_one(
                Need::of([message::KYC_CHECKED_APPROVED])
                    .excluded_by([message::KYC_CHECKED_REVIEW, message::KYC_CHECKED_REJECTED]),
            )
            .needs_one(
                Need::of([message::REVIEW_DECIDED_SUCCESS]).excluded_by([message::REVIEW_DECIDED_FAILURE]),
            )
            .closed_by([
                message::MAILBOX_CREATED_FAILURE,
                message::KYC_CHECKED_REJECTED,
                message::REVIEW_DECIDED_FAILURE,
            ])
            .kept()
            .creates(entity::ACCOUNT)
            .publishes([message::ACCOUNT_OPENED_SUCCESS])
            .rejects_with(message::ACCOUNT_OPENED_FAILURE),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::REGISTER_USER]),
        Entity::of([Phase::Open], [step::CREATE_MAILBOX]),
        Entity::of([Phase::Open], [step::OPEN_ACCOUNT]),
    ];
    Flow::new(4, 11, steps, entities, vec![])
}
