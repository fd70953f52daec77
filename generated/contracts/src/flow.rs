// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `order`: what each step waits for, and what it publishes.
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
    /// `product`.
    pub const PRODUCT: usize = 1;
    /// `delivery`.
    pub const DELIVERY: usize = 2;
}

/// The places of the entities.
pub mod entity {
    /// `Order`.
    pub const ORDER: usize = 0;
    /// `Delivery`.
    pub const DELIVERY: usize = 1;
}

/// The places of the messages.
pub mod message {
    /// `OrderCreated`.
    pub const ORDER_CREATED: usize = 0;
    /// `ProductDecreased.success`.
    pub const PRODUCT_DECREASED_SUCCESS: usize = 1;
    /// `ProductDecreased.failure`.
    pub const PRODUCT_DECREASED_FAILURE: usize = 2;
    /// `DeliveryCreated.success`.
    pub const DELIVERY_CREATED_SUCCESS: usize = 3;
    /// `DeliveryCreated.failure`.
    pub const DELIVERY_CREATED_FAILURE: usize = 4;
    /// `IncreaseProductCommand`.
    pub const INCREASE_PRODUCT_COMMAND: usize = 5;
}

/// The places of the steps.
pub mod step {
    /// `create-order`.
    pub const CREATE_ORDER: usize = 0;
    /// `complete-order`.
    pub const COMPLETE_ORDER: usize = 1;
    /// `cancel-order`.
    pub const CANCEL_ORDER: usize = 2;
    /// `decrease-product`.
    pub const DECREASE_PRODUCT: usize = 3;
    /// `create-delivery`.
    pub const CREATE_DELIVERY: usize = 4;
    /// `increase-product`.
    pub const INCREASE_PRODUCT: usize = 5;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("create-order", service::ORDER)
            .begins()
            .creates(entity::ORDER)
            .publishes([message::ORDER_CREATED]),
        Step::of("complete-order", service::ORDER)
            .needs(
                Need::of([message::DELIVERY_CREATED_SUCCESS])
                    .excluded_by([message::DELIVERY_CREATED_FAILURE]),
            )
            .loads(RowUse::own(entity::ORDER).moved_to(1)),
        Step::of("cancel-order", service::ORDER)
            .needs(
                Need::of([message::DELIVERY_CREATED_FAILURE])
                    .excluded_by([message::DELIVERY_CREATED_SUCCESS]),
            )
            .loads(RowUse::own(entity::ORDER).moved_to(2)),
        Step::of("decrease-product", service::PRODUCT)
            .needs(message::ORDER_CREATED)
            .publishes([message::PRODUCT_DECREASED_SUCCESS])
            .rejects_with(message::PRODUCT_DECREASED_FAILURE)
            .undone(Compensation::Command),
        Step::of("create-delivery", service::DELIVERY)
            .needs(message::ORDER_CREATED)
            .needs(message::PRODUCT_DECREASED_SUCCESS)
            .closed_by([message::PRODUCT_DECREASED_FAILURE])
            .kept()
            .creates(entity::DELIVERY)
            .publishes([message::DELIVERY_CREATED_SUCCESS])
            .rejects_with(message::DELIVERY_CREATED_FAILURE)
            .owes(1, message::INCREASE_PRODUCT_COMMAND),
        Step::of("increase-product", service::PRODUCT)
            .needs(message::INCREASE_PRODUCT_COMMAND)
            .compensates(step::DECREASE_PRODUCT),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::CREATE_ORDER]),
        Entity::of([Phase::Open], [step::CREATE_DELIVERY]),
    ];
    Flow::new(3, 6, steps, entities, vec![])
}
