// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `insurance`: what each step waits for, and what it
//! publishes. `cargo saga check` proves that every run of it ends well, and the
//! services perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `insurer`.
    pub const INSURER: usize = 0;
    /// `underwriting`.
    pub const UNDERWRITING: usize = 1;
    /// `archive`.
    pub const ARCHIVE: usize = 2;
}

/// The places of the entities.
pub mod entity {
    /// `Policy`.
    pub const POLICY: usize = 0;
    /// `Quote`.
    pub const QUOTE: usize = 1;
    /// `Folder`.
    pub const FOLDER: usize = 2;
}

/// The places of the messages.
pub mod message {
    /// `PolicyAsked`.
    pub const POLICY_ASKED: usize = 0;
    /// `PolicyPriced.success`.
    pub const POLICY_PRICED_SUCCESS: usize = 1;
    /// `PolicyPriced.failure`.
    pub const POLICY_PRICED_FAILURE: usize = 2;
}

/// The places of the steps.
pub mod step {
    /// `ask-policy`.
    pub const ASK_POLICY: usize = 0;
    /// `issue`.
    pub const ISSUE: usize = 1;
    /// `decline`.
    pub const DECLINE: usize = 2;
    /// `price-policy`.
    pub const PRICE_POLICY: usize = 3;
    /// `file-policy`.
    pub const FILE_POLICY: usize = 4;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("ask-policy", service::INSURER)
            .begins()
            .creates(entity::POLICY)
            .publishes([message::POLICY_ASKED]),
        Step::of("issue", service::INSURER)
            .needs(Need::of([message::POLICY_PRICED_SUCCESS]).excluded_by([message::POLICY_PRICED_FAILURE]))
            .loads(RowUse::own(entity::POLICY).moved_to(1)),
        Step::of("decline", service::INSURER)
            .needs(Need::of([message::POLICY_PRICED_FAILURE]).excluded_by([message::POLICY_PRICED_SUCCESS]))
            .loads(RowUse::own(entity::POLICY).moved_to(2)),
        Step::of("price-policy", service::UNDERWRITING)
            .needs(message::POLICY_ASKED)
            .creates(entity::QUOTE)
            .publishes([message::POLICY_PRICED_SUCCESS])
            .rejects_with(message::POLICY_PRICED_FAILURE)
            .undone(Compensation::Needless),
        Step::of("file-policy", service::ARCHIVE)
            .needs(Need::of([message::POLICY_PRICED_SUCCESS]).excluded_by([message::POLICY_PRICED_FAILURE]))
            .creates(entity::FOLDER),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::ASK_POLICY]),
        Entity::of([Phase::Open], [step::PRICE_POLICY]),
        Entity::of([Phase::Open], [step::FILE_POLICY]),
    ];
    Flow::new(3, 3, steps, entities, vec![])
}
