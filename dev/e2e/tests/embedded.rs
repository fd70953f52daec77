//! The saga on the mock cluster and SQLite.

use e2e::{Pair, scenarios};

#[test]
fn completed() {
    scenarios::completed(Pair::Embedded);
}

#[test]
fn too_many() {
    scenarios::too_many(Pair::Embedded);
}

#[test]
fn blank_address() {
    scenarios::blank_address(Pair::Embedded);
}

#[test]
fn no_such_product() {
    scenarios::no_such_product(Pair::Embedded);
}

#[test]
fn bad_requests() {
    scenarios::bad_requests(Pair::Embedded);
}

#[test]
fn an_external_order() {
    scenarios::an_external_order(Pair::Embedded);
}

#[test]
fn spare_instances() {
    scenarios::spare_instances(Pair::Embedded);
}
