// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `claim`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `desk`.
    pub const DESK: usize = 0;
    /// `assessors`.
    pub const ASSESSORS: usize = 1;
    /// `police`.
    pub const POLICE: usize = 2;
    /// `archive`.
    pub const ARCHIVE: usize = 3;
    /// `payments`.
    pub const PAYMENTS: usize = 4;
}

/// The places of the entities.
pub mod entity {
    /// `Claim`.
    pub const CLAIM: usize = 0;
    /// `Report`.
    pub const REPORT: usize = 1;
    /// `Payment`.
    pub const PAYMENT: usize = 2;
}

/// The places of the messages.
pub mod message {
    /// `ClaimOpened.glass`.
    pub const CLAIM_OPENED_GLASS: usize = 0;
    /// `ClaimOpened.theft`.
    pub const CLAIM_OPENED_THEFT: usize = 1;
    /// `ClaimOpened.fire`.
    pub const CLAIM_OPENED_FIRE: usize = 2;
    /// `ClaimAssessed.covered`.
    pub const CLAIM_ASSESSED_COVERED: usize = 3;
    /// `ClaimAssessed.refused`.
    pub const CLAIM_ASSESSED_REFUSED: usize = 4;
    /// `ClaimAssessed.partly`.
    pub const CLAIM_ASSESSED_PARTLY: usize = 5;
    /// `ClaimAssessed.unclear`.
    pub const CLAIM_ASSESSED_UNCLEAR: usize = 6;
    /// `TheftReported.success`.
    pub const THEFT_REPORTED_SUCCESS: usize = 7;
    /// `TheftReported.failure`.
    pub const THEFT_REPORTED_FAILURE: usize = 8;
    /// `NoticeSent.mail`.
    pub const NOTICE_SENT_MAIL: usize = 9;
    /// `NoticeSent.fax`.
    pub const NOTICE_SENT_FAX: usize = 10;
    /// `NoticeSent.post`.
    pub const NOTICE_SENT_POST: usize = 11;
    /// `ClaimFiled.success`.
    pub const CLAIM_FILED_SUCCESS: usize = 12;
    /// `ClaimFiled.failure`.
    pub const CLAIM_FILED_FAILURE: usize = 13;
    /// `ClaimPaid.success`.
    pub const CLAIM_PAID_SUCCESS: usize = 14;
    /// `ClaimPaid.failure`.
    pub const CLAIM_PAID_FAILURE: usize = 15;
}

/// The places of the steps.
pub mod step {
    /// `open-claim`.
    pub const OPEN_CLAIM: usize = 0;
    /// `send-notice`.
    pub const SEND_NOTICE: usize = 1;
    /// `close-claim`.
    pub const CLOSE_CLAIM: usize = 2;
    /// `refuse-claim`.
    pub const REFUSE_CLAIM: usize = 3;
    /// `assess`.
    pub const ASSESS: usize = 4;
    /// `report-theft`.
    pub const REPORT_THEFT: usize = 5;
    /// `file-claim`.
    pub const FILE_CLAIM: usize = 6;
    /// `pay-claim`.
    pub const PAY_CLAIM: usize = 7;
    /// `book-payment`.
    pub const BOOK_PAYMENT: usize = 8;
}

#[allow(clippy::too_many_lines, reason = "it is a list")]
fn flow() -> Flow {
    let steps = vec![
        Step::of("open-claim", service::DESK)
            .begins()
            .creates(entity::CLAIM)
            .publishes([message::CLAIM_OPENED_GLASS])
            .publishes([message::CLAIM_OPENED_THEFT])
            .publishes([message::CLAIM_OPENED_FIRE]),
        Step::of("send-notice", service::DESK)
            .needs(
                Need::of([
                    message::CLAIM_OPENED_GLASS,
                    message::CLAIM_OPENED_THEFT,
                    message::CLAIM_OPENED_FIRE,
                ]),
            )
            .publishes([message::NOTICE_SENT_MAIL])
            .publishes([message::NOTICE_SENT_POST])
            .rejects_with(message::NOTICE_SENT_FAX)
            .undone(Compensation::Needless),
        Step::of("close-claim", service::DESK)
            .needs(Need::of([message::CLAIM_FILED_SUCCESS]).excluded_by([message::CLAIM_FILED_FAILURE]))
            .loads(RowUse::own(entity::CLAIM).moved_to(1)),
        Step::of("refuse-claim", service::DESK)
            .needs(Need::of([message::CLAIM_FILED_FAILURE]).excluded_by([message::CLAIM_FILED_SUCCESS]))
            .loads(RowUse::own(entity::CLAIM).moved_to(2)),
        Step::of("assess", service::ASSESSORS)
            .needs(
                Need::of([message::CLAIM_OPENED_FIRE])
                    .excluded_by([message::CLAIM_OPENED_GLASS, message::CLAIM_OPENED_THEFT]),
            )
            .creates(entity::REPORT)
            .publishes([message::CLAIM_ASSESSED_COVERED])
            .publishes([message::CLAIM_ASSESSED_PARTLY])
            .publishes([message::CLAIM_ASSESSED_UNCLEAR])
            .rejects_with(message::CLAIM_ASSESSED_REFUSED)
            .undone(Compensation::Needless),
        Step::of("report-theft", service::POLICE)
            .needs(
                Need::of([message::CLAIM_OPENED_THEFT])
                    .excluded_by([message::CLAIM_OPENED_GLASS, message::CLAIM_OPENED_FIRE]),
            )
            .publishes([message::THEFT_REPORTED_FAILURE])
            .rejects_with(message::THEFT_REPORTED_SUCCESS)
            .undone(Compensation::Needless),
        Step::of("file-claim", service::ARCHIVE)
            .needs(message::CLAIM_PAID_SUCCESS)
            .closed_by([message::CLAIM_PAID_FAILURE])
            .publishes([message::CLAIM_FILED_SUCCESS])
            .rejects_with(message::CLAIM_FILED_FAILURE),
        Step::of("pay-claim", service::PAYMENTS)
            .needs(
                Need::of([
                    message::CLAIM_OPENED_GLASS,
                    message::CLAIM_OPENED_THEFT,
                    message::CLAIM_OPENED_FIRE,
                ]),
            )
            .needs(Need::of([message::NOTICE_SENT_MAIL, message::NOTICE_SENT_POST]))
            .needs_one(
                Need::of([message::CLAIM_OPENED_GLASS])
                    .excluded_by([message::CLAIM_OPENED_THEFT, message::CLAIM_OPENED_FIRE]),
            )
            .needs_one(
                Need::of([message::CLAIM_ASSESSED_COVERED]).excluded_by([
                    message::CLAIM_ASSESSED_REFUSED,
                    message::CLAIM_ASSESSED_PARTLY,
                    message::CLAIM_ASSESSED_UNCLEAR,
                ]),
            )
            .needs_one(
                Need::of([message::CLAIM_ASSESSED_PARTLY]).excluded_by([
                    message::CLAIM_ASSESSED_COVERED,
                    message::CLAIM_ASSESSED_REFUSED,
                    message::CLAIM_ASSESSED_UNCLEAR,
                ]),
            )
            .needs_one(
                Need::of([message::THEFT_REPORTED_FAILURE]).excluded_by([message::THEFT_REPORTED_SUCCESS]),
            )
            .closed_by([
                message::NOTICE_SENT_FAX,
                message::CLAIM_ASSESSED_REFUSED,
                message::CLAIM_ASSESSED_UNCLEAR,
                message::THEFT_REPORTED_SUCCESS,
            ])
            .deadline()
            .kept()
            .publishes([message::CLAIM_PAID_SUCCESS])
            .rejects_with(message::CLAIM_PAID_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::CLAIM_FILED_FAILURE] }),
        Step::of("book-payment", service::PAYMENTS)
            .needs_one(
                Need::of([message::CLAIM_ASSESSED_COVERED]).excluded_by([
                    message::CLAIM_ASSESSED_REFUSED,
                    message::CLAIM_ASSESSED_PARTLY,
                    message::CLAIM_ASSESSED_UNCLEAR,
                ]),
            )
            .needs_one(
                Need::of([message::THEFT_REPORTED_FAILURE]).excluded_by([message::THEFT_REPORTED_SUCCESS]),
            )
            .kept()
            .creates(entity::PAYMENT)
            .undone(Compensation::Needless),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::OPEN_CLAIM]),
        Entity::of([Phase::Open], [step::ASSESS]),
        Entity::of([Phase::Open], [step::BOOK_PAYMENT]),
    ];
    Flow::new(5, 16, steps, entities, vec![])
}
