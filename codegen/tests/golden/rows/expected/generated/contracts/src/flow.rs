// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `market`: what each step waits for, and what it publishes.
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
    /// `slots`.
    pub const SLOTS: usize = 2;
    /// `packing`.
    pub const PACKING: usize = 3;
    /// `archive`.
    pub const ARCHIVE: usize = 4;
    /// `points`.
    pub const POINTS: usize = 5;
}

/// The places of the entities.
pub mod entity {
    /// `Order`.
    pub const ORDER: usize = 0;
    /// `Receipt`.
    pub const RECEIPT: usize = 1;
    /// `Pick`.
    pub const PICK: usize = 2;
    /// `Parcel`.
    pub const PARCEL: usize = 3;
    /// `Entry`.
    pub const ENTRY: usize = 4;
    /// `Day`.
    pub const DAY: usize = 5;
}

/// The places of the messages.
pub mod message {
    /// `OrderPlaced`.
    pub const ORDER_PLACED: usize = 0;
    /// `StockTaken.success`.
    pub const STOCK_TAKEN_SUCCESS: usize = 1;
    /// `StockTaken.failure`.
    pub const STOCK_TAKEN_FAILURE: usize = 2;
    /// `SlotTaken.success`.
    pub const SLOT_TAKEN_SUCCESS: usize = 3;
    /// `SlotTaken.failure`.
    pub const SLOT_TAKEN_FAILURE: usize = 4;
    /// `OrderPacked.success`.
    pub const ORDER_PACKED_SUCCESS: usize = 5;
    /// `OrderPacked.failure`.
    pub const ORDER_PACKED_FAILURE: usize = 6;
    /// `OrderSent`.
    pub const ORDER_SENT: usize = 7;
    /// `OrderBooked`.
    pub const ORDER_BOOKED: usize = 8;
}

/// The places of the steps.
pub mod step {
    /// `place-order`.
    pub const PLACE_ORDER: usize = 0;
    /// `finish-order`.
    pub const FINISH_ORDER: usize = 1;
    /// `keep-points`.
    pub const KEEP_POINTS: usize = 2;
    /// `refuse-order`.
    pub const REFUSE_ORDER: usize = 3;
    /// `take-stock`.
    pub const TAKE_STOCK: usize = 4;
    /// `take-slot`.
    pub const TAKE_SLOT: usize = 5;
    /// `pack-order`.
    pub const PACK_ORDER: usize = 6;
    /// `open-day`.
    pub const OPEN_DAY: usize = 7;
    /// `close-day`.
    pub const CLOSE_DAY: usize = 8;
    /// `lose-day`.
    pub const LOSE_DAY: usize = 9;
    /// `note-points`.
    pub const NOTE_POINTS: usize = 10;
    /// `count-points`.
    pub const COUNT_POINTS: usize = 11;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("place-order", service::ORDER)
            .begins()
            .creates(entity::ORDER)
            .publishes([message::ORDER_PLACED]),
        Step::of("finish-order", service::ORDER)
            .needs(Need::of([message::ORDER_PACKED_SUCCESS]).excluded_by([message::ORDER_PACKED_FAILURE]))
            .loads(RowUse::own(entity::ORDER).moved_to(1))
            .creates(entity::RECEIPT)
            .publishes([message::ORDER_SENT]),
        Step::of("keep-points", service::ORDER).needs(message::ORDER_BOOKED).undone(Compensation::Needless),
        Step::of("refuse-order", service::ORDER)
            .needs(Need::of([message::ORDER_PACKED_FAILURE]).excluded_by([message::ORDER_PACKED_SUCCESS]))
            .loads(RowUse::own(entity::ORDER).moved_to(2)),
        Step::of("take-stock", service::STOCK)
            .needs(message::ORDER_PLACED)
            .kept()
            .loads(RowUse::shared([Phase::Open, Phase::Open, Phase::Done]).from([0]).moved_to(1))
            .creates(entity::PICK)
            .publishes([message::STOCK_TAKEN_SUCCESS])
            .rejects_with(message::STOCK_TAKEN_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::ORDER_PACKED_FAILURE] }),
        Step::of("take-slot", service::SLOTS)
            .needs(message::ORDER_PLACED)
            .kept()
            .publishes([message::SLOT_TAKEN_SUCCESS])
            .rejects_with(message::SLOT_TAKEN_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::ORDER_PACKED_FAILURE] }),
        Step::of("pack-order", service::PACKING)
            .needs(message::ORDER_PLACED)
            .needs(message::STOCK_TAKEN_SUCCESS)
            .needs(message::SLOT_TAKEN_SUCCESS)
            .closed_by([message::STOCK_TAKEN_FAILURE, message::SLOT_TAKEN_FAILURE])
            .kept()
            .creates(entity::PARCEL)
            .publishes([message::ORDER_PACKED_SUCCESS])
            .rejects_with(message::ORDER_PACKED_FAILURE)
            .undone(Compensation::Needless),
        Step::of("open-day", service::ARCHIVE).needs(message::ORDER_PLACED).kept().creates(entity::DAY),
        Step::of("close-day", service::ARCHIVE)
            .needs(message::ORDER_SENT)
            .kept()
            .loads(RowUse::own(entity::DAY).or_waits().moved_to(1))
            .creates(entity::ENTRY),
        Step::of("lose-day", service::ARCHIVE)
            .needs(Need::of([message::ORDER_PACKED_FAILURE]).excluded_by([message::ORDER_PACKED_SUCCESS]))
            .kept()
            .loads(RowUse::own(entity::DAY).or_waits().moved_to(2)),
        Step::of("note-points", service::POINTS)
            .needs(message::ORDER_PLACED)
            .needs(Need::of([message::ORDER_PACKED_SUCCESS]).excluded_by([message::ORDER_PACKED_FAILURE]))
            .kept(),
        Step::of("count-points", service::POINTS)
            .needs(message::ORDER_PLACED)
            .needs(Need::of([message::STOCK_TAKEN_SUCCESS]).excluded_by([message::STOCK_TAKEN_FAILURE]))
            .kept()
            .publishes([message::ORDER_BOOKED])
            .undone(Compensation::Needless),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::PLACE_ORDER]),
        Entity::of([Phase::Open], [step::FINISH_ORDER]),
        Entity::of([Phase::Open], [step::TAKE_STOCK]),
        Entity::of([Phase::Open], [step::PACK_ORDER]),
        Entity::of([Phase::Open], [step::CLOSE_DAY]),
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::OPEN_DAY]),
    ];
    Flow::new(6, 9, steps, entities, vec![])
}
