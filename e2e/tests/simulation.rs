//! The saga in simulated worlds, one a seed.
//!
//! `SIMULATION_SEEDS=N` lives through more of them, `SIMULATION_SEED=S` through
//! one, and tells what happened in it.

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use e2e::simulation::{self, Tally, Telling};

/// How many worlds a plain run lives through.
const SEEDS: u64 = 200;

#[test]
fn seeds() {
    if let Some(seed) = number("SIMULATION_SEED") {
        return one(seed);
    }
    let seeds = number("SIMULATION_SEEDS").unwrap_or(SEEDS);
    let start = Instant::now();
    let (tally, failed) = all(seeds);
    if let Some(seed) = failed {
        one(seed);
        panic!("seed {seed} failed, and did not when it was run again");
    }
    let seconds = start.elapsed().as_secs_f64();
    say(&format!(
        "{seeds} seeds in {seconds:.1} s, {:.0} a second; faults: {tally:?}",
        seeds as f64 / seconds
    ));
}

#[test]
fn the_same_seed_is_the_same_world() {
    for seed in 1..=5 {
        let [first, again] = [(); 2].map(|()| simulation::run(seed, Telling::Journal(Vec::new())).journal);
        let differs = first.iter().zip(&again).position(|(first, again)| first != again);
        assert_eq!(differs.map(|at| (&first[at], &again[at])), None, "seed {seed}");
        assert_eq!(first.len(), again.len(), "seed {seed}");
    }
}

/// Lives through one world, and tells all about it if something is wrong.
fn one(seed: u64) {
    let run = simulation::run(seed, Telling::Aloud);
    assert!(
        run.findings.is_empty(),
        "seed {seed}:\n  {}\nagain: SIMULATION_SEED={seed} cargo test -p e2e --test simulation seeds",
        run.findings.join("\n  ")
    );
    say(&format!("seed {seed} is well; faults: {:?}", run.tally));
}

/// Lives through many worlds, on all cores. Returns the faults, and a seed that failed.
fn all(seeds: u64) -> (Tally, Option<u64>) {
    let (next, failed) = (AtomicU64::new(1), AtomicBool::new(false));
    let result = Mutex::new((Tally::new(), None::<u64>));
    let live = || {
        while !failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > seeds {
                return;
            }
            let run = simulation::run(seed, Telling::Nothing);
            let mut result = result.lock().unwrap();
            for (fault, count) in run.tally {
                *result.0.entry(fault).or_default() += count;
            }
            if !run.findings.is_empty() {
                failed.store(true, Ordering::Relaxed);
                result.1 = Some(result.1.map_or(seed, |other| other.min(seed)));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(live);
        }
    });
    result.into_inner().unwrap()
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

/// Says something that a passing test says, too.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
