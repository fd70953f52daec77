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
    /// `fraud`.
    pub const FRAUD: usize = 1;
    /// `product`.
    pub const PRODUCT: usize = 2;
    /// `delivery`.
    pub const DELIVERY: usize = 3;
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
    /// `FraudChecked.success`.
    pub const FRAUD_CHECKED_SUCCESS: usize = 1;
    /// `FraudChecked.failure`.
    pub const FRAUD_CHECKED_FAILURE: usize = 2;
    /// `ProductDecreased.success`.
    pub const PRODUCT_DECREASED_SUCCESS: usize = 3;
    /// `ProductDecreased.failure`.
    pub const PRODUCT_DECREASED_FAILURE: usize = 4;
    /// `DeliveryCreated.success`.
    pub const DELIVERY_CREATED_SUCCESS: usize = 5;
    /// `DeliveryCreated.failure`.
    pub const DELIVERY_CREATED_FAILURE: usize = 6;
    /// `IncreaseProductCommand`.
    pub const INCREASE_PRODUCT_COMMAND: usize = 7;
}

/// The places of the steps.
pub mod step {
    /// `create-order`.
    pub const CREATE_ORDER: usize = 0;
    /// `complete-order`.
    pub const COMPLETE_ORDER: usize = 1;
    /// `cancel-order`.
    pub const CANCEL_ORDER: usize = 2;
    /// `check-fraud`.
    pub const CHECK_FRAUD: usize = 3;
    /// `decrease-product`.
    pub const DECREASE_PRODUCT: usize = 4;
    /// `create-delivery`.
    pub const CREATE_DELIVERY: usize = 5;
    /// `increase-product`.
    pub const INCREASE_PRODUCT: usize = 6;
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
        Step::of("check-fraud", service::FRAUD)
            .needs(message::ORDER_CREATED)
            .publishes([message::FRAUD_CHECKED_SUCCESS])
            .rejects_with(message::FRAUD_CHECKED_FAILURE),
        Step::of("decrease-product", service::PRODUCT)
            .needs(message::FRAUD_CHECKED_SUCCESS)
            .closed_by([message::FRAUD_CHECKED_FAILURE])
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
    Flow::new(4, 8, steps, entities, vec![])
}
