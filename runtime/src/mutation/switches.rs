//! What a test build does at each of the places that ask.

use std::env;
use std::io::Write as _;
use std::process::abort;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::environment::Switches;
use super::{CrashPoint, Mutation};

/// Read once, when the first of them is asked for.
static SWITCHES: LazyLock<Switches> = LazyLock::new(|| {
    Switches::read(|variable| env::var_os(variable).map(|value| value.to_string_lossy().into_owned()))
        .unwrap_or_else(|mistake| end(&mistake))
});

/// Whether `mutation` is active.
pub fn active(mutation: Mutation) -> bool {
    SWITCHES.mutation == Some(mutation)
}

/// A point at which the process may abort, as if by `kill -9`, if `SAGA_CRASH` names it.
pub fn crash_at(point: CrashPoint) {
    let Some(passages) = SWITCHES.crashes.get(&point) else { return };
    if uuid::Uuid::new_v4().as_u64_pair().0.is_multiple_of(*passages) {
        end(&format!("crash point {}", point.name()));
    }
}

/// A place in a task or thread, which panics if `SAGA_PANIC` names it.
pub fn panic_in(task: &str) {
    static PANICS: LazyLock<Option<String>> = LazyLock::new(|| env::var("SAGA_PANIC").ok());
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    // Not before the service runs as a whole.
    if BEGAN.elapsed() > Duration::from_secs(1) {
        assert!(PANICS.as_deref() != Some(task), "SAGA_PANIC={task}");
    }
}

/// Sleeps for as long as `SAGA_SLOW` says, in the place of a handler that works for so long.
pub fn delay_handler() {
    if let Some(delay) = SWITCHES.delay {
        std::thread::sleep(delay);
    }
}

/// Not by a panic, which a task would survive, and not by `eprintln!`, which a test would capture.
fn end(reason: &str) -> ! {
    let _ = writeln!(std::io::stderr(), "{reason}");
    abort()
}
