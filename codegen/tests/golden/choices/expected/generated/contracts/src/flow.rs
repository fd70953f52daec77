// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `visa`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `embassy`.
    pub const EMBASSY: usize = 0;
    /// `papers`.
    pub const PAPERS: usize = 1;
    /// `labour`.
    pub const LABOUR: usize = 2;
    /// `consulate`.
    pub const CONSULATE: usize = 3;
}

/// The places of the entities.
pub mod entity {
    /// `Visa`.
    pub const VISA: usize = 0;
    /// `Sticker`.
    pub const STICKER: usize = 1;
    /// `Letter`.
    pub const LETTER: usize = 2;
}

/// The places of the messages.
pub mod message {
    /// `FormSent.tourist`.
    pub const FORM_SENT_TOURIST: usize = 0;
    /// `FormSent.worker`.
    pub const FORM_SENT_WORKER: usize = 1;
    /// `FormSent.student`.
    pub const FORM_SENT_STUDENT: usize = 2;
    /// `PapersChecked.complete`.
    pub const PAPERS_CHECKED_COMPLETE: usize = 3;
    /// `PapersChecked.forged`.
    pub const PAPERS_CHECKED_FORGED: usize = 4;
    /// `PapersChecked.missing`.
    pub const PAPERS_CHECKED_MISSING: usize = 5;
    /// `JobConfirmed.success`.
    pub const JOB_CONFIRMED_SUCCESS: usize = 6;
    /// `JobConfirmed.failure`.
    pub const JOB_CONFIRMED_FAILURE: usize = 7;
    /// `VisaIssued.success`.
    pub const VISA_ISSUED_SUCCESS: usize = 8;
    /// `VisaIssued.failure`.
    pub const VISA_ISSUED_FAILURE: usize = 9;
}

/// The places of the steps.
pub mod step {
    /// `ask-visa`.
    pub const ASK_VISA: usize = 0;
    /// `hand-out`.
    pub const HAND_OUT: usize = 1;
    /// `refuse`.
    pub const REFUSE: usize = 2;
    /// `check-papers`.
    pub const CHECK_PAPERS: usize = 3;
    /// `confirm-job`.
    pub const CONFIRM_JOB: usize = 4;
    /// `issue-visa`.
    pub const ISSUE_VISA: usize = 5;
    /// `write-letter`.
    pub const WRITE_LETTER: usize = 6;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("ask-visa", service::EMBASSY)
            .begins()
            .creates(entity::VISA)
            .publishes([message::FORM_SENT_TOURIST])
            .publishes([message::FORM_SENT_WORKER])
            .publishes([message::FORM_SENT_STUDENT]),
        Step::of("hand-out", service::EMBASSY)
            .needs(Need::of([message::VISA_ISSUED_SUCCESS]).excluded_by([message::VISA_ISSUED_FAILURE]))
            .loads(RowUse::own(entity::VISA).moved_to(1)),
        Step::of("refuse", service::EMBASSY)
            .needs(Need::of([message::VISA_ISSUED_FAILURE]).excluded_by([message::VISA_ISSUED_SUCCESS]))
            .loads(RowUse::own(entity::VISA).moved_to(2)),
        Step::of("check-papers", service::PAPERS)
            .needs(
                Need::of([message::FORM_SENT_TOURIST, message::FORM_SENT_WORKER, message::FORM_SENT_STUDENT]),
            )
            .publishes([message::PAPERS_CHECKED_COMPLETE])
            .publishes([message::PAPERS_CHECKED_MISSING])
            .rejects_with(message::PAPERS_CHECKED_FORGED)
            .undone(Compensation::Needless),
        Step::of("confirm-job", service::LABOUR)
            .needs(
                Need::of([message::FORM_SENT_WORKER])
                    .excluded_by([message::FORM_SENT_TOURIST, message::FORM_SENT_STUDENT]),
            )
            .publishes([message::JOB_CONFIRMED_FAILURE])
            .rejects_with(message::JOB_CONFIRMED_SUCCESS)
            .undone(Compensation::Needless),
        Step::of("issue-visa", service::CONSULATE)
            .needs(
                Need::of([message::FORM_SENT_TOURIST, message::FORM_SENT_WORKER, message::FORM_SENT_STUDENT]),
            )
            .needs(Need::of([message::PAPERS_CHECKED_COMPLETE, message::PAPERS_CHECKED_MISSING]))
            .needs_one(
                Need::of([message::FORM_SENT_TOURIST])
                    .excluded_by([message::FORM_SENT_WORKER, message::FORM_SENT_STUDENT]),
            )
            .needs_one(
                Need::of([message::FORM_SENT_STUDENT])
                    .excluded_by([message::FORM_SENT_TOURIST, message::FORM_SENT_WORKER]),
            )
            .needs_one(
                Need::of([message::JOB_CONFIRMED_FAILURE]).excluded_by([message::JOB_CONFIRMED_SUCCESS]),
            )
            .closed_by([message::PAPERS_CHECKED_FORGED, message::JOB_CONFIRMED_SUCCESS])
            .kept()
            .creates(entity::STICKER)
            .publishes([message::VISA_ISSUED_SUCCESS])
            .rejects_with(message::VISA_ISSUED_FAILURE),
        Step::of("write-letter", service::CONSULATE)
            .needs_one(
                Need::of([message::PAPERS_CHECKED_MISSING])
                    .excluded_by([message::PAPERS_CHECKED_COMPLETE, message::PAPERS_CHECKED_FORGED]),
            )
            .needs_one(
                Need::of([message::JOB_CONFIRMED_FAILURE]).excluded_by([message::JOB_CONFIRMED_SUCCESS]),
            )
            .kept()
            .creates(entity::LETTER)
            .undone(Compensation::Needless),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::ASK_VISA]),
        Entity::of([Phase::Open], [step::ISSUE_VISA]),
        Entity::of([Phase::Open], [step::WRITE_LETTER]),
    ];
    Flow::new(4, 10, steps, entities, vec![])
}
