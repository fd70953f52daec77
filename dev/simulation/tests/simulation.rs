//! The shipped saga in simulated worlds, one a seed.
//!
//! `SIMULATION_SEEDS=N` lives through more of them, `SIMULATION_SEED=S` through
//! one, and tells what happened in it.

mod shipped;

use std::sync::Arc;

use saga_simulation::Telling;

#[test]
fn seeds() {
    saga_simulation::live(shipped::saga(), "simulation");
}

#[test]
fn the_same_seed_is_the_same_world() {
    let saga = Arc::new(shipped::saga());
    for seed in 1..=5 {
        let journal = || saga_simulation::run(&saga, seed, Telling::Journal(Vec::new())).journal;
        let (first, again) = (journal(), journal());
        let differs = first.iter().zip(&again).position(|(first, again)| first != again);
        assert_eq!(differs.map(|at| (&first[at], &again[at])), None, "seed {seed}");
        assert_eq!(first.len(), again.len(), "seed {seed}");
    }
}

#[cfg(feature = "mutations")]
#[test]
fn every_mutation_is_noticed() {
    saga_simulation::notices(saga_runtime::mutation::Witness::Simulation);
}
