//! The saga in simulated worlds: a seed decides everything that goes wrong in one of them.

#[test]
fn seeds() {
    saga_simulation::live(shop_simulation::saga(), "lines");
}
