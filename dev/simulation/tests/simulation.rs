//! The shipped saga in simulated worlds, one a seed.
//!
//! `SIMULATION_SEEDS=N` lives through more of them, `SIMULATION_SEED=S` through
//! one, and tells what happened in it.

mod shipped;

use std::sync::Arc;

use simulation::Telling;

#[test]
fn seeds() {
    simulation::live(shipped::saga(), "simulation");
}

#[test]
fn the_same_seed_is_the_same_world() {
    let saga = Arc::new(shipped::saga());
    for seed in 1..=5 {
        let journal = || simulation::run(&saga, seed, Telling::Journal(Vec::new())).journal;
        let (first, again) = (journal(), journal());
        let differs = first.iter().zip(&again).position(|(first, again)| first != again);
        assert_eq!(differs.map(|at| (&first[at], &again[at])), None, "seed {seed}");
        assert_eq!(first.len(), again.len(), "seed {seed}");
    }
}

/// A simulation that finds nothing proves nothing unless it notices every mutation it is a witness of.
#[cfg(feature = "mutations")]
#[test]
fn every_mutation_is_noticed() {
    use saga_runtime::mutation::{MUTATION_VARIABLE, Mutation, SIMULATION_SEEDS, Witness};

    if std::env::var_os(MUTATION_VARIABLE).is_some() {
        return;
    }
    let mutations = Mutation::ALL.iter().filter(|mutation| mutation.is_noticed_by(Witness::Simulation));
    let unnoticed = mutations.filter(|mutation| {
        let run = std::process::Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "seeds"])
            .env(MUTATION_VARIABLE, mutation.name())
            .envs([("SIMULATION_BRIEF", "1"), ("SIMULATION_SEEDS", &SIMULATION_SEEDS.to_string())])
            .output()
            .expect("a run");
        let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
        let finding = said.lines().find(|line| line.starts_with("seed ")).unwrap_or("nothing");
        simulation::say(&format!("{}: {finding}", mutation.name()));
        run.status.success()
    });
    assert_eq!(unnoticed.collect::<Vec<_>>(), Vec::<&Mutation>::new());
}
