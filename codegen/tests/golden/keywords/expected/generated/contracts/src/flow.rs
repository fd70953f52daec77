// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `user`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `order`.
    pub const ORDER: usize = 0;
    /// `user`.
    pub const USER: usize = 1;
}

/// The places of the entities.
pub mod entity {
    /// `User`.
    pub const USER: usize = 0;
    /// `Group`.
    pub const GROUP: usize = 1;
    /// `Column`.
    pub const COLUMN: usize = 2;
    /// `Entity`.
    pub const ENTITY: usize = 3;
}

/// The places of the messages.
pub mod message {
    /// `Order`.
    pub const ORDER: usize = 0;
    /// `Table.success`.
    pub const TABLE_SUCCESS: usize = 1;
    /// `Table.failure`.
    pub const TABLE_FAILURE: usize = 2;
    /// `Select`.
    pub const SELECT: usize = 3;
    /// `Step.success`.
    pub const STEP_SUCCESS: usize = 4;
    /// `Step.failure`.
    pub const STEP_FAILURE: usize = 5;
    /// `Checked.success`.
    pub const CHECKED_SUCCESS: usize = 6;
    /// `Checked.failure`.
    pub const CHECKED_FAILURE: usize = 7;
    /// `RecordID`.
    pub const RECORD_ID: usize = 8;
}

/// The places of the steps.
pub mod step {
    /// `new`.
    pub const NEW: usize = 0;
    /// `end`.
    pub const END: usize = 1;
    /// `drop`.
    pub const DROP: usize = 2;
    /// `insert`.
    pub const INSERT: usize = 3;
    /// `match`.
    pub const MATCH: usize = 4;
    /// `event`.
    pub const EVENT: usize = 5;
    /// `cx`.
    pub const CX: usize = 6;
    /// `from-order`.
    pub const FROM_ORDER: usize = 7;
    /// `into`.
    pub const INTO: usize = 8;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("new", service::ORDER).begins().creates(entity::USER).publishes([message::ORDER]),
        Step::of("end", service::ORDER)
            .needs(Need::of([message::STEP_SUCCESS]).excluded_by([message::STEP_FAILURE]))
            .loads(RowUse::own(entity::USER).moved_to(2)),
        Step::of("drop", service::ORDER)
            .needs(Need::of([message::STEP_FAILURE]).excluded_by([message::STEP_SUCCESS]))
            .loads(RowUse::own(entity::USER).moved_to(4)),
        Step::of("insert", service::ORDER).needs(message::RECORD_ID).creates(entity::GROUP),
        Step::of("match", service::USER)
            .needs(message::ORDER)
            .creates(entity::COLUMN)
            .publishes([message::TABLE_SUCCESS, message::RECORD_ID])
            .rejects_with(message::TABLE_FAILURE),
        Step::of("event", service::USER)
            .needs(message::ORDER)
            .needs(message::TABLE_SUCCESS)
            .needs(message::SELECT)
            .closed_by([message::TABLE_FAILURE])
            .kept()
            .creates(entity::ENTITY)
            .publishes([message::STEP_SUCCESS])
            .rejects_with(message::STEP_FAILURE),
        Step::of("cx", service::USER)
            .needs(Need::of([message::TABLE_SUCCESS]).excluded_by([message::TABLE_FAILURE]))
            .publishes([message::SELECT]),
        Step::of("from-order", service::USER)
            .needs(message::ORDER)
            .publishes([message::CHECKED_SUCCESS])
            .rejects_with(message::CHECKED_FAILURE),
        Step::of("into", service::USER)
            .needs(Need::of([message::CHECKED_FAILURE]).excluded_by([message::CHECKED_SUCCESS]))
            .creates(entity::COLUMN)
            .publishes([message::SELECT]),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Open, Phase::Done, Phase::Done, Phase::Failed], [step::NEW]),
        Entity::of([Phase::Open], [step::INSERT]),
        Entity::of([Phase::Open], [step::MATCH, step::INTO]),
        Entity::of([Phase::Open], [step::EVENT]),
    ];
    Flow::new(2, 9, steps, entities, vec![])
}
