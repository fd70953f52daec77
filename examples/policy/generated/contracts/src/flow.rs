// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `insurance`: what each step waits for, and what it
//! publishes. `cargo saga check` proves that every run of it ends well, and the
//! services perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `policy`.
    pub const POLICY: usize = 0;
    /// `underwriting`.
    pub const UNDERWRITING: usize = 1;
}

/// The places of the entities.
pub mod entity {
    /// `Policy`.
    pub const POLICY: usize = 0;
}

/// The places of the messages.
pub mod message {
    /// `PolicyRequested`.
    pub const POLICY_REQUESTED: usize = 0;
    /// `PolicyIssued.success`.
    pub const POLICY_ISSUED_SUCCESS: usize = 1;
    /// `PolicyIssued.failure`.
    pub const POLICY_ISSUED_FAILURE: usize = 2;
}

/// The places of the steps.
pub mod step {
    /// `request-policy`.
    pub const REQUEST_POLICY: usize = 0;
    /// `issue-policy`.
    pub const ISSUE_POLICY: usize = 1;
    /// `decline-policy`.
    pub const DECLINE_POLICY: usize = 2;
    /// `underwrite`.
    pub const UNDERWRITE: usize = 3;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("request-policy", service::POLICY)
            .begins()
            .creates(entity::POLICY)
            .publishes([message::POLICY_REQUESTED]),
        Step::of("issue-policy", service::POLICY)
            .needs(Need::of([message::POLICY_ISSUED_SUCCESS]).excluded_by([message::POLICY_ISSUED_FAILURE]))
            .loads(RowUse::own(entity::POLICY).moved_to(1)),
        Step::of("decline-policy", service::POLICY)
            .needs(Need::of([message::POLICY_ISSUED_FAILURE]).excluded_by([message::POLICY_ISSUED_SUCCESS]))
            .loads(RowUse::own(entity::POLICY).moved_to(2)),
        Step::of("underwrite", service::UNDERWRITING)
            .needs(message::POLICY_REQUESTED)
            .asks_sql()
            .kept()
            .publishes([message::POLICY_ISSUED_SUCCESS])
            .rejects_with(message::POLICY_ISSUED_FAILURE),
    ];
    let entities = vec![Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::REQUEST_POLICY])];
    Flow::new(2, 3, steps, entities, vec![])
}
