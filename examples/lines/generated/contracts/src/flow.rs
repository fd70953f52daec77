// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `shop`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `order`.
    pub const ORDER: usize = 0;
    /// `stock`.
    pub const STOCK: usize = 1;
    /// `parcel`.
    pub const PARCEL: usize = 2;
}

/// The places of the entities.
pub mod entity {
    /// `Order`.
    pub const ORDER: usize = 0;
    /// `Parcel`.
    pub const PARCEL: usize = 1;
}

/// The places of the messages.
pub mod message {
    /// `OrderPlaced`.
    pub const ORDER_PLACED: usize = 0;
    /// `StockTaken.success`.
    pub const STOCK_TAKEN_SUCCESS: usize = 1;
    /// `StockTaken.failure`.
    pub const STOCK_TAKEN_FAILURE: usize = 2;
    /// `ParcelSent.success`.
    pub const PARCEL_SENT_SUCCESS: usize = 3;
    /// `ParcelSent.failure`.
    pub const PARCEL_SENT_FAILURE: usize = 4;
}

/// The places of the steps.
pub mod step {
    /// `place-order`.
    pub const PLACE_ORDER: usize = 0;
    /// `finish-order`.
    pub const FINISH_ORDER: usize = 1;
    /// `refuse-order`.
    pub const REFUSE_ORDER: usize = 2;
    /// `take-stock`.
    pub const TAKE_STOCK: usize = 3;
    /// `send-parcel`.
    pub const SEND_PARCEL: usize = 4;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("place-order", service::ORDER)
            .begins()
            .creates(entity::ORDER)
            .publishes([message::ORDER_PLACED]),
        Step::of("finish-order", service::ORDER)
            .needs(Need::of([message::PARCEL_SENT_SUCCESS]).excluded_by([message::PARCEL_SENT_FAILURE]))
            .loads(RowUse::own(entity::ORDER).moved_to(1)),
        Step::of("refuse-order", service::ORDER)
            .needs(Need::of([message::PARCEL_SENT_FAILURE]).excluded_by([message::PARCEL_SENT_SUCCESS]))
            .loads(RowUse::own(entity::ORDER).moved_to(2)),
        Step::of("take-stock", service::STOCK)
            .needs(message::ORDER_PLACED)
            .kept()
            .publishes([message::STOCK_TAKEN_SUCCESS])
            .rejects_with(message::STOCK_TAKEN_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::PARCEL_SENT_FAILURE] }),
        Step::of("send-parcel", service::PARCEL)
            .needs(message::ORDER_PLACED)
            .needs(message::STOCK_TAKEN_SUCCESS)
            .closed_by([message::STOCK_TAKEN_FAILURE])
            .kept()
            .creates(entity::PARCEL)
            .publishes([message::PARCEL_SENT_SUCCESS])
            .rejects_with(message::PARCEL_SENT_FAILURE),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::PLACE_ORDER]),
        Entity::of([Phase::Open], [step::SEND_PARCEL]),
    ];
    Flow::new(3, 5, steps, entities, vec![])
}
