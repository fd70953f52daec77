// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `loan`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `desk`.
    pub const DESK: usize = 0;
    /// `risk`.
    pub const RISK: usize = 1;
    /// `home`.
    pub const HOME: usize = 2;
    /// `bank`.
    pub const BANK: usize = 3;
    /// `archive`.
    pub const ARCHIVE: usize = 4;
}

/// The places of the entities.
pub mod entity {
    /// `Loan`.
    pub const LOAN: usize = 0;
    /// `File`.
    pub const FILE: usize = 1;
}

/// The places of the messages.
pub mod message {
    /// `LoanAsked`.
    pub const LOAN_ASKED: usize = 0;
    /// `RiskRated.success`.
    pub const RISK_RATED_SUCCESS: usize = 1;
    /// `RiskRated.failure`.
    pub const RISK_RATED_FAILURE: usize = 2;
    /// `HomeRated.success`.
    pub const HOME_RATED_SUCCESS: usize = 3;
    /// `HomeRated.failure`.
    pub const HOME_RATED_FAILURE: usize = 4;
    /// `RiskNoted.success`.
    pub const RISK_NOTED_SUCCESS: usize = 5;
    /// `RiskNoted.failure`.
    pub const RISK_NOTED_FAILURE: usize = 6;
    /// `HomeNoted.success`.
    pub const HOME_NOTED_SUCCESS: usize = 7;
    /// `HomeNoted.failure`.
    pub const HOME_NOTED_FAILURE: usize = 8;
    /// `LoanDecided.success`.
    pub const LOAN_DECIDED_SUCCESS: usize = 9;
    /// `LoanDecided.failure`.
    pub const LOAN_DECIDED_FAILURE: usize = 10;
    /// `DenialFiled.success`.
    pub const DENIAL_FILED_SUCCESS: usize = 11;
    /// `DenialFiled.failure`.
    pub const DENIAL_FILED_FAILURE: usize = 12;
}

/// The places of the steps.
pub mod step {
    /// `ask-loan`.
    pub const ASK_LOAN: usize = 0;
    /// `note-risk`.
    pub const NOTE_RISK: usize = 1;
    /// `note-home`.
    pub const NOTE_HOME: usize = 2;
    /// `grant`.
    pub const GRANT: usize = 3;
    /// `deny`.
    pub const DENY: usize = 4;
    /// `file-denial`.
    pub const FILE_DENIAL: usize = 5;
    /// `rate-risk`.
    pub const RATE_RISK: usize = 6;
    /// `rate-home`.
    pub const RATE_HOME: usize = 7;
    /// `decide-loan`.
    pub const DECIDE_LOAN: usize = 8;
    /// `keep-file`.
    pub const KEEP_FILE: usize = 9;
    /// `miss-file`.
    pub const MISS_FILE: usize = 10;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("ask-loan", service::DESK).begins().creates(entity::LOAN).publishes([message::LOAN_ASKED]),
        Step::of("note-risk", service::DESK)
            .needs(message::RISK_RATED_SUCCESS)
            .closed_by([message::RISK_RATED_FAILURE])
            .loads(RowUse::own(entity::LOAN).moved_to(1))
            .publishes([message::RISK_NOTED_SUCCESS])
            .rejects_with(message::RISK_NOTED_FAILURE),
        Step::of("note-home", service::DESK)
            .needs(message::HOME_RATED_SUCCESS)
            .closed_by([message::HOME_RATED_FAILURE])
            .loads(RowUse::own(entity::LOAN).from([0, 1]).moved_to(1))
            .publishes([message::HOME_NOTED_SUCCESS])
            .rejects_with(message::HOME_NOTED_FAILURE),
        Step::of("grant", service::DESK)
            .needs(Need::of([message::LOAN_DECIDED_SUCCESS]).excluded_by([message::LOAN_DECIDED_FAILURE]))
            .loads(RowUse::own(entity::LOAN).from([1]).moved_to(2)),
        Step::of("deny", service::DESK)
            .needs(Need::of([message::LOAN_DECIDED_FAILURE]).excluded_by([message::LOAN_DECIDED_SUCCESS]))
            .loads(RowUse::own(entity::LOAN).moved_to(3)),
        Step::of("file-denial", service::DESK)
            .needs(Need::of([message::RISK_RATED_FAILURE]).excluded_by([message::RISK_RATED_SUCCESS]))
            .loads(RowUse::own(entity::LOAN).moved_to(3))
            .publishes([message::DENIAL_FILED_SUCCESS])
            .rejects_with(message::DENIAL_FILED_FAILURE),
        Step::of("rate-risk", service::RISK)
            .needs(message::LOAN_ASKED)
            .publishes([message::RISK_RATED_SUCCESS])
            .rejects_with(message::RISK_RATED_FAILURE),
        Step::of("rate-home", service::HOME)
            .needs(message::LOAN_ASKED)
            .publishes([message::HOME_RATED_SUCCESS])
            .rejects_with(message::HOME_RATED_FAILURE),
        Step::of("decide-loan", service::BANK)
            .needs(message::RISK_NOTED_SUCCESS)
            .needs(message::HOME_NOTED_SUCCESS)
            .closed_by([message::RISK_NOTED_FAILURE, message::HOME_NOTED_FAILURE])
            .kept()
            .publishes([message::LOAN_DECIDED_SUCCESS])
            .rejects_with(message::LOAN_DECIDED_FAILURE),
        Step::of("keep-file", service::ARCHIVE)
            .needs(Need::of([message::DENIAL_FILED_SUCCESS]).excluded_by([message::DENIAL_FILED_FAILURE]))
            .creates(entity::FILE),
        Step::of("miss-file", service::ARCHIVE)
            .needs(Need::of([message::DENIAL_FILED_FAILURE]).excluded_by([message::DENIAL_FILED_SUCCESS]))
            .creates(entity::FILE),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Open, Phase::Done, Phase::Failed], [step::ASK_LOAN]),
        Entity::of([Phase::Open], [step::KEEP_FILE, step::MISS_FILE]),
    ];
    Flow::new(5, 13, steps, entities, vec![])
}
