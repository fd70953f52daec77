//! The saga in simulated worlds: a seed decides everything that goes wrong in one of them.

#[test]
fn seeds() {
    saga_simulation::live(trip_simulation::saga(), "travel");
}

#[cfg(feature = "mutations")]
#[test]
fn every_mutation_is_noticed() {
    saga_simulation::notices(saga_runtime::mutation::Witness::SimulationOf("travel"));
}
