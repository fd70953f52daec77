//! Many worlds of one saga, on all cores.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Run, Saga, Tally, Telling, run};

/// How many worlds a plain run lives through.
const SEEDS: u64 = 100;
/// How long a shorter story is looked for.
const LOOKING: Duration = Duration::from_secs(2);
/// How many findings of a world are told.
const FINDINGS: usize = 5;
/// After so long a world is taken to be endless.
const ENDLESS: Duration = Duration::from_secs(60);

/// Lives through the worlds of a saga, one a seed: `SIMULATION_SEEDS=N` through more of them,
/// `SIMULATION_SEED=S` through one, and tells what happened in it. `name` is what it is called.
pub fn live(saga: Saga, name: &str) {
    let saga = Arc::new(saga);
    if let Some(seed) = number("SIMULATION_SEED") {
        return one(&saga, seed);
    }
    let seeds = number("SIMULATION_SEEDS").unwrap_or(SEEDS);
    let start = Instant::now();
    let (tally, failed) = all(&saga, seeds);
    if let Some(seed) = failed {
        if std::env::var_os("SIMULATION_BRIEF").is_some() {
            panic!("seed {seed}: {}", run(&saga, seed, Telling::Nothing).findings.join("; "));
        }
        panic!("{}", shortest(&saga, seed, seeds));
    }
    let seconds = start.elapsed().as_secs_f64();
    say(&format!(
        "{name}: {seeds} seeds in {seconds:.1} s, {:.0} a second; faults: {tally:?}",
        seeds as f64 / seconds
    ));
}

/// Lives through one world, and tells all about it if something is wrong.
fn one(saga: &Arc<Saga>, seed: u64) {
    let run = run(saga, seed, Telling::Aloud);
    assert!(run.findings.is_empty(), "{}", report(seed, &run));
    say(&format!("seed {seed} is well; faults: {:?}", run.tally));
}

/// What is wrong in the world of a seed, or in that of a later one that breaks the same promise and has less to tell.
fn shortest(saga: &Arc<Saga>, failed: u64, seeds: u64) -> String {
    let start = Instant::now();
    let tell = |seed| run(saga, seed, Telling::Journal(Vec::new()));
    let mut least = (failed, tell(failed));
    assert!(!least.1.findings.is_empty(), "seed {failed} failed, and did not when it was run again");
    for seed in failed + 1..=seeds {
        if start.elapsed() > LOOKING {
            break;
        }
        let found = tell(seed);
        if !found.findings.is_empty() && length(&found) < length(&least.1) {
            least = (seed, found);
        }
    }
    report(least.0, &least.1)
}

fn length(run: &Run) -> (usize, usize) {
    (run.findings.len(), run.stories.length(&run.findings))
}

/// What is wrong, and what happened to the instances that it is about.
fn report(seed: u64, run: &Run) -> String {
    let more = run.findings.len().saturating_sub(FINDINGS);
    let mut report = format!("seed {seed}:");
    for finding in run.findings.iter().take(FINDINGS) {
        report += &format!("\n  {finding}");
    }
    if more > 0 {
        report += &format!("\n  and {more} more");
    }
    for story in run.stories.of(&run.findings) {
        report += &format!("\n{story}");
    }
    format!("{report}\nto see all that happens: SIMULATION_SEED={seed} and the same command")
}

/// Returns the faults, and a seed that failed.
fn all(saga: &Arc<Saga>, seeds: u64) -> (Tally, Option<u64>) {
    let (next, failed) = (AtomicU64::new(1), AtomicBool::new(false));
    let result = Mutex::new((Tally::new(), None::<u64>));
    let live = |watched: &Mutex<Option<(u64, Instant)>>| {
        while !failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > seeds {
                break;
            }
            *watched.lock().expect("no panic") = Some((seed, Instant::now()));
            let run = run(saga, seed, Telling::Nothing);
            let mut result = result.lock().expect("no panic");
            for (fault, count) in run.tally {
                *result.0.entry(fault).or_default() += count;
            }
            if !run.findings.is_empty() {
                failed.store(true, Ordering::Relaxed);
                result.1 = Some(result.1.map_or(seed, |other| other.min(seed)));
            }
        }
        *watched.lock().expect("no panic") = None;
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let watched: Vec<_> = (0..cores).map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = watched.iter().map(|watched| scope.spawn(|| live(watched))).collect();
        while workers.iter().any(|worker| !worker.is_finished()) {
            watched.iter().for_each(watch);
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    result.into_inner().expect("no panic")
}

/// Ends everything when a world does not end: its tasks are busy while no time passes.
fn watch(watched: &Mutex<Option<(u64, Instant)>>) {
    let Some((seed, since)) = *watched.lock().expect("no panic") else { return };
    if since.elapsed() > ENDLESS {
        say(&format!(
            "seed {seed}: it does not end\nto see all that happens: SIMULATION_SEED={seed} and the same command"
        ));
        std::process::exit(101);
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

/// Says something that a passing test says, too.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A simulation that finds nothing proves nothing unless it notices every mutation it is a witness of. The
/// worlds of this program are lived through once for each, under it.
#[cfg(feature = "mutations")]
pub fn notices(witness: saga_runtime::mutation::Witness) {
    use saga_runtime::mutation::{MUTATION_VARIABLE, Mutation, SIMULATION_SEEDS};

    if std::env::var_os(MUTATION_VARIABLE).is_some() {
        return;
    }
    let mutations = Mutation::ALL.iter().filter(|mutation| mutation.is_noticed_by(witness));
    let unnoticed = mutations.filter(|mutation| {
        let run = std::process::Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "seeds"])
            .env(MUTATION_VARIABLE, mutation.name())
            .envs([("SIMULATION_BRIEF", "1"), ("SIMULATION_SEEDS", &SIMULATION_SEEDS.to_string())])
            .output()
            .expect("a run");
        let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
        let finding = said.lines().find(|line| line.starts_with("seed ")).unwrap_or("nothing");
        say(&format!("{}: {finding}", mutation.name()));
        run.status.success()
    });
    assert_eq!(unnoticed.collect::<Vec<_>>(), Vec::<&Mutation>::new());
}
