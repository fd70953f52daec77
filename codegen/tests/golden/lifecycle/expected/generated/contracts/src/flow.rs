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
    /// `bank`.
    pub const BANK: usize = 1;
    /// `till`.
    pub const TILL: usize = 2;
    /// `archive`.
    pub const ARCHIVE: usize = 3;
    /// `catalogue`.
    pub const CATALOGUE: usize = 4;
}

/// The places of the entities.
pub mod entity {
    /// `Claim`.
    pub const CLAIM: usize = 0;
    /// `Entry`.
    pub const ENTRY: usize = 1;
}

/// The places of the messages.
pub mod message {
    /// `ClaimOpened`.
    pub const CLAIM_OPENED: usize = 0;
    /// `ClaimChecked.success`.
    pub const CLAIM_CHECKED_SUCCESS: usize = 1;
    /// `ClaimChecked.failure`.
    pub const CLAIM_CHECKED_FAILURE: usize = 2;
    /// `ClaimPriced.success`.
    pub const CLAIM_PRICED_SUCCESS: usize = 3;
    /// `ClaimPriced.failure`.
    pub const CLAIM_PRICED_FAILURE: usize = 4;
    /// `MoneyReserved.success`.
    pub const MONEY_RESERVED_SUCCESS: usize = 5;
    /// `MoneyReserved.failure`.
    pub const MONEY_RESERVED_FAILURE: usize = 6;
    /// `ClaimPaid.success`.
    pub const CLAIM_PAID_SUCCESS: usize = 7;
    /// `ClaimPaid.failure`.
    pub const CLAIM_PAID_FAILURE: usize = 8;
    /// `ReleaseMoneyCommand`.
    pub const RELEASE_MONEY_COMMAND: usize = 9;
}

/// The places of the steps.
pub mod step {
    /// `open-claim`.
    pub const OPEN_CLAIM: usize = 0;
    /// `check-claim`.
    pub const CHECK_CLAIM: usize = 1;
    /// `price-claim`.
    pub const PRICE_CLAIM: usize = 2;
    /// `note-price`.
    pub const NOTE_PRICE: usize = 3;
    /// `note-money`.
    pub const NOTE_MONEY: usize = 4;
    /// `pay-out`.
    pub const PAY_OUT: usize = 5;
    /// `refuse-claim`.
    pub const REFUSE_CLAIM: usize = 6;
    /// `reserve-money`.
    pub const RESERVE_MONEY: usize = 7;
    /// `pay-claim`.
    pub const PAY_CLAIM: usize = 8;
    /// `write-entry`.
    pub const WRITE_ENTRY: usize = 9;
    /// `release-money`.
    pub const RELEASE_MONEY: usize = 10;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("open-claim", service::DESK)
            .begins()
            .creates(entity::CLAIM)
            .publishes([message::CLAIM_OPENED]),
        Step::of("check-claim", service::DESK)
            .needs(message::CLAIM_OPENED)
            .loads(RowUse::own(entity::CLAIM).from([0]).moved_to(1))
            .publishes([message::CLAIM_CHECKED_SUCCESS])
            .rejects_with(message::CLAIM_CHECKED_FAILURE),
        Step::of("price-claim", service::DESK)
            .needs(message::CLAIM_CHECKED_SUCCESS)
            .closed_by([message::CLAIM_CHECKED_FAILURE])
            .loads(RowUse::own(entity::CLAIM).moved_to(2))
            .publishes([message::CLAIM_PRICED_SUCCESS])
            .rejects_with(message::CLAIM_PRICED_FAILURE),
        Step::of("note-price", service::DESK)
            .needs(Need::of([message::CLAIM_PRICED_SUCCESS]).excluded_by([message::CLAIM_PRICED_FAILURE]))
            .loads(RowUse::own(entity::CLAIM)),
        Step::of("note-money", service::DESK)
            .needs(Need::of([message::MONEY_RESERVED_SUCCESS]).excluded_by([message::MONEY_RESERVED_FAILURE]))
            .loads(RowUse::own(entity::CLAIM).from([1, 2])),
        Step::of("pay-out", service::DESK)
            .needs(Need::of([message::CLAIM_PAID_SUCCESS]).excluded_by([message::CLAIM_PAID_FAILURE]))
            .loads(RowUse::own(entity::CLAIM).moved_to(3)),
        Step::of("refuse-claim", service::DESK)
            .needs(Need::of([message::CLAIM_PAID_FAILURE]).excluded_by([message::CLAIM_PAID_SUCCESS]))
            .loads(RowUse::own(entity::CLAIM).moved_to(4)),
        Step::of("reserve-money", service::BANK)
            .needs(message::CLAIM_PRICED_SUCCESS)
            .closed_by([message::CLAIM_PRICED_FAILURE])
            .publishes([message::MONEY_RESERVED_SUCCESS])
            .rejects_with(message::MONEY_RESERVED_FAILURE)
            .undone(Compensation::Command),
        Step::of("pay-claim", service::TILL)
            .needs(message::MONEY_RESERVED_SUCCESS)
            .closed_by([message::MONEY_RESERVED_FAILURE])
            .publishes([message::CLAIM_PAID_SUCCESS])
            .rejects_with(message::CLAIM_PAID_FAILURE)
            .owes(0, message::RELEASE_MONEY_COMMAND),
        Step::of("write-entry", service::ARCHIVE).needs(message::CLAIM_OPENED).creates(entity::ENTRY),
        Step::of("release-money", service::BANK)
            .needs(message::RELEASE_MONEY_COMMAND)
            .compensates(step::RESERVE_MONEY),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Open, Phase::Open, Phase::Done, Phase::Failed], [step::OPEN_CLAIM]),
        Entity::of([Phase::Open], [step::WRITE_ENTRY]),
    ];
    Flow::new(5, 10, steps, entities, vec![])
}
