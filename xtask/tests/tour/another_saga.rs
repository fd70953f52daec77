//! A project that begins with this repository: its own `saga.yaml`, and neither `dev` nor `xtask`.

use serde_json::json;
use testbed::repo;

use crate::checkout::Checkout;
use crate::running::Running;
use crate::{check, generate};

/// A saga that shares no service with the shipped one.
const CASE: &str = "codegen/tests/golden/natural-keys";
const SERVICES: [&str; 3] = ["cart", "stock", "till"];
/// Those of them that have something to decide.
const DECIDING: [&str; 2] = ["stock", "till"];

#[test]
#[ignore = "builds a copy of this repository"]
fn another_saga_is_generated_built_and_run_without_what_this_one_is_tested_with() {
    let checkout = Checkout::of_the_product();
    let case = repo::root().join(CASE);
    checkout.copy(&case.join("saga.yaml"), "saga.yaml");

    let said = generate(&checkout);
    assert!(said.of("deleted").contains("generated/delivery/Cargo.toml"), "{said:?}");
    assert!(said.names("handlers/delivery"), "{said:?}");
    assert!(checkout.path("handlers/delivery/src/lib.rs").is_file(), "it was written by hand");
    for service in DECIDING {
        let by_hand = case.join("handlers").join(service).with_extension("rs");
        checkout.copy(&by_hand, &format!("handlers/{service}/src/lib.rs"));
    }
    checkout.build().expect_none();
    check(&checkout, 0);

    let saga = Running::start(&checkout, &SERVICES);
    saga.post("cart", "/carts", &json!({ "cartId": "c1", "sku": "a-1", "pieces": 2 }));
    let cart = saga.wait_for("the end of the cart", || {
        let cart = saga.get("cart", "/carts/c1");
        (cart["status"] != "OPEN" && cart["status"] != "PAYING").then_some(cart)
    });
    assert_eq!(cart["status"], "PAID");
    assert_eq!(saga.get("stock", "/items/a-1")["pieces"], 8);
    saga.stop();
}
