// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `return`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `return-desk`.
    pub const RETURN_DESK: usize = 0;
    /// `warehouse`.
    pub const WAREHOUSE: usize = 1;
    /// `account`.
    pub const ACCOUNT: usize = 2;
}

/// The places of the entities.
pub mod entity {
    /// `Return`.
    pub const RETURN: usize = 0;
}

/// The places of the messages.
pub mod message {
    /// `ReturnOpened`.
    pub const RETURN_OPENED: usize = 0;
    /// `GoodsInspected.intact`.
    pub const GOODS_INSPECTED_INTACT: usize = 1;
    /// `GoodsInspected.worn`.
    pub const GOODS_INSPECTED_WORN: usize = 2;
    /// `GoodsInspected.broken`.
    pub const GOODS_INSPECTED_BROKEN: usize = 3;
    /// `MoneyReturned.success`.
    pub const MONEY_RETURNED_SUCCESS: usize = 4;
    /// `MoneyReturned.failure`.
    pub const MONEY_RETURNED_FAILURE: usize = 5;
}

/// The places of the steps.
pub mod step {
    /// `open-return`.
    pub const OPEN_RETURN: usize = 0;
    /// `close-return`.
    pub const CLOSE_RETURN: usize = 1;
    /// `refuse-return`.
    pub const REFUSE_RETURN: usize = 2;
    /// `inspect-goods`.
    pub const INSPECT_GOODS: usize = 3;
    /// `return-money`.
    pub const RETURN_MONEY: usize = 4;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("open-return", service::RETURN_DESK)
            .begins()
            .creates(entity::RETURN)
            .publishes([message::RETURN_OPENED]),
        Step::of("close-return", service::RETURN_DESK)
            .needs(Need::of([message::MONEY_RETURNED_SUCCESS]).excluded_by([message::MONEY_RETURNED_FAILURE]))
            .loads(RowUse::own(entity::RETURN).moved_to(1)),
        Step::of("refuse-return", service::RETURN_DESK)
            .needs(Need::of([message::MONEY_RETURNED_FAILURE]).excluded_by([message::MONEY_RETURNED_SUCCESS]))
            .loads(RowUse::own(entity::RETURN).moved_to(2)),
        Step::of("inspect-goods", service::WAREHOUSE)
            .needs(message::RETURN_OPENED)
            .calls()
            .kept()
            .publishes([message::GOODS_INSPECTED_INTACT])
            .publishes([message::GOODS_INSPECTED_WORN])
            .rejects_with(message::GOODS_INSPECTED_BROKEN)
            .undone(Compensation::Needless),
        Step::of("return-money", service::ACCOUNT)
            .needs(Need::of([message::GOODS_INSPECTED_INTACT, message::GOODS_INSPECTED_WORN]))
            .closed_by([message::GOODS_INSPECTED_BROKEN])
            .calls()
            .kept()
            .publishes([message::MONEY_RETURNED_SUCCESS])
            .rejects_with(message::MONEY_RETURNED_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::MONEY_RETURNED_FAILURE] }),
    ];
    let entities = vec![Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::OPEN_RETURN])];
    Flow::new(3, 6, steps, entities, vec![])
}
