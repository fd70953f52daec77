//! One run, from the first server to the verdict.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, process};

use nix::sys::resource::{Resource, setrlimit};
use testbed::failure::{Doing, Failure, Result};
use testbed::{cargo, interrupt, repo};

use crate::event_log::EventLog;
use crate::options::{Kind, Options};
use crate::saga::Saga;
use crate::schedule::Plan;
use crate::stage::Stage;
use crate::{orders, travel};

/// Runs what the options ask for. Returns whether it came out as it should.
///
/// # Errors
/// [`Failure`] when the run could not be carried out.
pub fn run(options: &Options) -> Result<bool> {
    let seed = options.seed.unwrap_or_else(any_seed);
    let plan = plan(options, seed);
    let events = plan.events();
    if options.print_schedule {
        for event in &events {
            println!("{event}");
        }
        return Ok(true);
    }
    let programs = build_services(&repo::root(), options.saga)?;
    // What aborts at a fail point must not leave its memory on the disk.
    setrlimit(Resource::RLIMIT_CORE, 0, 0)
        .map_err(|error| Failure::new(format!("cannot forbid core dumps: {error}")))?;
    let folder = env::temp_dir().join(format!("saga-chaos-{}", process::id()));
    fs::create_dir_all(&folder).doing(|| format!("create {}", folder.display()))?;
    let event_log = Arc::new(
        EventLog::new(&folder.join("events.log")).doing(|| format!("write into {}", folder.display()))?,
    );
    event_log.note(format_args!(
        "seed {seed}, {} faults planned, logs in {}",
        events.len(),
        folder.display()
    ));
    let played =
        Stage::set(options, seed, programs, &folder, &event_log).and_then(|stage| match options.saga {
            Saga::Order => orders::play(stage, options, &events),
            Saga::Travel => travel::play(stage, options, &events),
        });
    if interrupt::raised() {
        fs::remove_dir_all(&folder).doing(|| format!("remove {}", folder.display()))?;
    }
    let summary = played?;
    println!("\n{summary}");
    let well = match options.mutate {
        None => summary.is_well(),
        Some(_) => !summary.is_well(),
    };
    println!("\n{}", summary.verdict(options.mutate, seed));
    if well && options.mutate.is_none() {
        fs::remove_dir_all(&folder).doing(|| format!("remove {}", folder.display()))?;
    } else {
        println!("the logs are kept in {}", folder.display());
    }
    Ok(well)
}

fn plan(options: &Options, seed: u64) -> Plan {
    Plan {
        saga: options.saga,
        seed,
        length: Duration::from_secs_f64(options.minutes * 60.0),
        instances: options.instances.into(),
        every: Duration::from_secs_f64(options.every),
        kinds: kinds(options),
        mutation: options.mutate,
    }
}

/// Each once, in one order: what is drawn depends on nothing else.
fn kinds(options: &Options) -> Vec<Kind> {
    let wanted = |kind: &Kind| match (options.faults.is_empty(), kind) {
        (true, Kind::Poison | Kind::Hopeless) => !options.no_poison,
        (true, _) => true,
        (false, kind) => options.faults.contains(kind),
    };
    Kind::ALL.iter().copied().filter(|kind| options.saga.has(*kind)).filter(wanted).collect()
}

/// Short enough to be typed again.
fn any_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_micros()) + 1
}

/// Builds the services with a feature of the test build: crash points and mutations.
fn build_services(root: &Path, saga: Saga) -> Result<Vec<PathBuf>> {
    eprintln!("chaos     building the services");
    let folder = root.join(saga.folder());
    let built = cargo::programs(&folder, &["--workspace", "--bins", "--features", "saga-runtime/mutations"])?;
    saga.programs().iter().map(|name| cargo::program(&built, name)).collect()
}
