//! The saga on a real Kafka and a real PostgreSQL.

use e2e::scenarios::{Saga, order};
use e2e::{Pair, Stage, scenarios};
use product::ProductService;

/// Owners of the databases apply each service's plan; nothing that the saga and its operators do needs more.
#[test]
fn without_the_right_to_create() {
    let stage = Stage::new(Pair::Real).prepared_by_owners();
    let saga = Saga::on(stage);
    assert_eq!(saga.end_of(&order(1, 1))["status"], "COMPLETED");
    assert_eq!(saga.end_of(&order(1, 1_000))["status"], "CANCELLED");
    assert_eq!(saga.stock(1), 9);
    let product = ProductService::new(product_handlers::Handlers);
    for line in ["parked", "held", "dead", "offsets"] {
        let shown = saga.stage.operate(&product, line);
        assert!(!shown.text.contains("permission"), "{line}: {shown:?}");
    }
    assert_eq!(saga.stage.operate(&product, "restored --yes").code, 0);
    assert_eq!(saga.end_of(&order(1, 1))["status"], "COMPLETED");
}

#[test]
fn completed() {
    scenarios::completed(Pair::Real);
}

#[test]
fn too_many() {
    scenarios::too_many(Pair::Real);
}

#[test]
fn blank_address() {
    scenarios::blank_address(Pair::Real);
}

#[test]
fn no_such_product() {
    scenarios::no_such_product(Pair::Real);
}

#[test]
fn bad_requests() {
    scenarios::bad_requests(Pair::Real);
}

#[test]
fn an_external_order() {
    scenarios::an_external_order(Pair::Real);
}

/// Two orders read the same stock, and both take it.
#[test]
fn lost_update() {
    scenarios::hot_product(Pair::Real, 1_000);
}

/// Two instances of product share one hot product.
#[test]
fn hot_product() {
    scenarios::hot_product(Pair::Real, 3_000);
}
