// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `stall`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `shop`.
    pub const SHOP: usize = 0;
    /// `packing`.
    pub const PACKING: usize = 1;
    /// `carrier`.
    pub const CARRIER: usize = 2;
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
    /// `ParcelPacked.success`.
    pub const PARCEL_PACKED_SUCCESS: usize = 1;
    /// `ParcelPacked.failure`.
    pub const PARCEL_PACKED_FAILURE: usize = 2;
    /// `OrderShipped.success`.
    pub const ORDER_SHIPPED_SUCCESS: usize = 3;
    /// `OrderShipped.failure`.
    pub const ORDER_SHIPPED_FAILURE: usize = 4;
}

/// The places of the steps.
pub mod step {
    /// `place-order`.
    pub const PLACE_ORDER: usize = 0;
    /// `finish-order`.
    pub const FINISH_ORDER: usize = 1;
    /// `refuse-order`.
    pub const REFUSE_ORDER: usize = 2;
    /// `pack-parcel`.
    pub const PACK_PARCEL: usize = 3;
    /// `open-parcel`.
    pub const OPEN_PARCEL: usize = 4;
    /// `ship-order`.
    pub const SHIP_ORDER: usize = 5;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("place-order", service::SHOP)
            .begins()
            .creates(entity::ORDER)
            .publishes([message::ORDER_PLACED]),
        Step::of("finish-order", service::SHOP)
            .needs(Need::of([message::ORDER_SHIPPED_SUCCESS]).excluded_by([message::ORDER_SHIPPED_FAILURE]))
            .loads(RowUse::own(entity::ORDER).moved_to(1)),
        Step::of("refuse-order", service::SHOP)
            .needs(Need::of([message::ORDER_SHIPPED_FAILURE]).excluded_by([message::ORDER_SHIPPED_SUCCESS]))
            .loads(RowUse::own(entity::ORDER).moved_to(2)),
        Step::of("pack-parcel", service::PACKING)
            .asked()
            .needs(message::ORDER_PLACED)
            .deadline()
            .kept()
            .loads(RowUse::own(entity::PARCEL).in_any_status())
            .publishes([message::PARCEL_PACKED_SUCCESS])
            .fails_with(message::PARCEL_PACKED_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::ORDER_SHIPPED_FAILURE] }),
        Step::of("open-parcel", service::PACKING)
            .needs(message::ORDER_PLACED)
            .creates(entity::PARCEL)
            .undone(Compensation::Needless),
        Step::of("ship-order", service::CARRIER)
            .needs(message::ORDER_PLACED)
            .needs(message::PARCEL_PACKED_SUCCESS)
            .closed_by([message::PARCEL_PACKED_FAILURE])
            .kept()
            .publishes([message::ORDER_SHIPPED_SUCCESS])
            .rejects_with(message::ORDER_SHIPPED_FAILURE),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::PLACE_ORDER]),
        Entity::of([Phase::Open], [step::OPEN_PARCEL]),
    ];
    Flow::new(3, 5, steps, entities, vec![])
}
