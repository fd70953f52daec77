//! A proof that takes longer than a moment says so, and gives up in time.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::say;
use crate::prove::explore::Limits;

/// How long a proof may take. With `--states`, the user has set another limit.
const LONGEST: Duration = Duration::from_secs(40);

/// How long a proof is silent. The next line comes after twice that time, so
/// that a log has few of them.
const SILENT: Duration = Duration::from_secs(1);

/// A proof in progress.
#[derive(Clone, Copy)]
struct Progress {
    speaks: bool,
    longest: Duration,
    started: Instant,
    next: Duration,
}

thread_local! {
    static PROGRESS: Cell<Option<Progress>> = const { Cell::new(None) };
}

/// The limits of a proof, which also follow its progress. It is shown on the
/// standard error if the command `speaks`.
pub(super) fn limits(states: Option<usize>, speaks: bool) -> Limits {
    let longest = states.map_or(LONGEST, |_| Duration::MAX);
    PROGRESS.set(Some(Progress { speaks, longest, started: Instant::now(), next: SILENT }));
    Limits { proceed, ..Limits::up_to(states) }
}

fn proceed(states: usize) -> bool {
    let Some(progress) = PROGRESS.get() else { return true };
    let (progress, line) = progress.after(states, Instant::now());
    PROGRESS.set(Some(progress));
    if let Some(line) = line.filter(|_| progress.speaks) {
        say(&mut std::io::stderr(), &line);
    }
    // Ctrl-C of a command that listens to it; others end at once.
    progress.started.elapsed() < progress.longest && !saga_testbed::interrupt::raised()
}

impl Progress {
    /// The progress at a time, and what is shown of it. The first question of
    /// each proof, before there are states, starts the clock.
    fn after(mut self, states: usize, now: Instant) -> (Self, Option<String>) {
        if states == 0 {
            return (Self { started: now, next: SILENT, ..self }, None);
        }
        let elapsed = now - self.started;
        if elapsed < self.next {
            return (self, None);
        }
        self.next = elapsed.max(self.next) * 2;
        let line = format!("proving every run: {states} states in {} s\n", elapsed.as_secs());
        (self, Some(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_proof_speaks_after_a_second_and_then_ever_less_often() {
        let started = Instant::now();
        let mut progress = Progress { speaks: true, longest: LONGEST, started, next: SILENT };
        let mut shown = Vec::new();
        for second in 0..40 {
            let (next, line) = progress.after(1 + second, started + Duration::from_secs(second as u64));
            progress = next;
            shown.extend(line.map(|_| second));
        }
        assert_eq!(shown, [1, 2, 4, 8, 16, 32]);
        let again = started + Duration::from_secs(60);
        let (progress, line) = progress.after(0, again);
        assert_eq!((progress.started, progress.next, line), (again, SILENT, None));
    }

    #[test]
    fn a_proof_without_a_limit_of_its_own_gives_up_in_time() {
        let timed = limits(None, false);
        assert!((timed.proceed)(0) && (timed.proceed)(1));
        let late = Progress { longest: Duration::ZERO, ..PROGRESS.get().expect("a proof") };
        PROGRESS.set(Some(late));
        assert!(!(timed.proceed)(2));
        assert!((limits(Some(10), false).proceed)(2));
    }
}
