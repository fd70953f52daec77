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
    /// `cart`.
    pub const CART: usize = 0;
    /// `stock`.
    pub const STOCK: usize = 1;
    /// `till`.
    pub const TILL: usize = 2;
}

/// The places of the entities.
pub mod entity {
    /// `Cart`.
    pub const CART: usize = 0;
    /// `Receipt`.
    pub const RECEIPT: usize = 1;
    /// `Day`.
    pub const DAY: usize = 2;
}

/// The places of the messages.
pub mod message {
    /// `CartOpened`.
    pub const CART_OPENED: usize = 0;
    /// `StockTaken.success`.
    pub const STOCK_TAKEN_SUCCESS: usize = 1;
    /// `StockTaken.failure`.
    pub const STOCK_TAKEN_FAILURE: usize = 2;
    /// `CartClosed.success`.
    pub const CART_CLOSED_SUCCESS: usize = 3;
    /// `CartClosed.failure`.
    pub const CART_CLOSED_FAILURE: usize = 4;
    /// `PutStockBackCommand`.
    pub const PUT_STOCK_BACK_COMMAND: usize = 5;
}

/// The places of the steps.
pub mod step {
    /// `open-cart`.
    pub const OPEN_CART: usize = 0;
    /// `await-payment`.
    pub const AWAIT_PAYMENT: usize = 1;
    /// `pay-cart`.
    pub const PAY_CART: usize = 2;
    /// `refuse-cart`.
    pub const REFUSE_CART: usize = 3;
    /// `take-stock`.
    pub const TAKE_STOCK: usize = 4;
    /// `close-cart`.
    pub const CLOSE_CART: usize = 5;
    /// `count-day`.
    pub const COUNT_DAY: usize = 6;
    /// `put-stock-back`.
    pub const PUT_STOCK_BACK: usize = 7;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("open-cart", service::CART).begins().creates(entity::CART).publishes([message::CART_OPENED]),
        Step::of("await-payment", service::CART)
            .needs(Need::of([message::STOCK_TAKEN_SUCCESS]).excluded_by([message::STOCK_TAKEN_FAILURE]))
            .loads(RowUse::own(entity::CART).from([0]).moved_to(1)),
        Step::of("pay-cart", service::CART)
            .needs(Need::of([message::CART_CLOSED_SUCCESS]).excluded_by([message::CART_CLOSED_FAILURE]))
            .loads(RowUse::own(entity::CART).from([0, 1]).moved_to(2)),
        Step::of("refuse-cart", service::CART)
            .needs(Need::of([message::CART_CLOSED_FAILURE]).excluded_by([message::CART_CLOSED_SUCCESS]))
            .loads(RowUse::own(entity::CART).moved_to(4)),
        Step::of("take-stock", service::STOCK)
            .needs(message::CART_OPENED)
            .publishes([message::STOCK_TAKEN_SUCCESS])
            .rejects_with(message::STOCK_TAKEN_FAILURE)
            .undone(Compensation::Command),
        Step::of("close-cart", service::TILL)
            .needs(message::CART_OPENED)
            .needs(message::STOCK_TAKEN_SUCCESS)
            .closed_by([message::STOCK_TAKEN_FAILURE])
            .kept()
            .creates(entity::RECEIPT)
            .publishes([message::CART_CLOSED_SUCCESS])
            .rejects_with(message::CART_CLOSED_FAILURE)
            .owes(1, message::PUT_STOCK_BACK_COMMAND),
        Step::of("count-day", service::TILL)
            .needs(Need::of([message::CART_CLOSED_SUCCESS]).excluded_by([message::CART_CLOSED_FAILURE]))
            .creates(entity::DAY),
        Step::of("put-stock-back", service::STOCK)
            .needs(message::PUT_STOCK_BACK_COMMAND)
            .compensates(step::TAKE_STOCK),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Open, Phase::Done, Phase::Failed, Phase::Failed], [step::OPEN_CART]),
        Entity::of([Phase::Open], [step::CLOSE_CART]),
        Entity::of([Phase::Open], [step::COUNT_DAY]),
    ];
    Flow::new(3, 6, steps, entities, vec![])
}
