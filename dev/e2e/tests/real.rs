//! The saga on a real Kafka and a real PostgreSQL.

use e2e::{Pair, scenarios};

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
