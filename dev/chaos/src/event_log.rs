//! What happens in a run, with times: printed, and kept to be counted.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The event log of one run.
#[derive(Debug)]
pub(crate) struct EventLog {
    begun: Mutex<Instant>,
    entries: Mutex<Entries>,
}

#[derive(Debug)]
struct Entries {
    file: File,
    counts: BTreeMap<String, u64>,
    kills: Vec<(String, Duration)>,
}

impl EventLog {
    /// An empty event log that is also written into a file.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn new(file: &Path) -> std::io::Result<Self> {
        let entries = Entries { file: File::create(file)?, counts: BTreeMap::new(), kills: Vec::new() };
        Ok(Self { begun: Mutex::new(Instant::now()), entries: Mutex::new(entries) })
    }

    /// Times are counted from now on.
    pub(crate) fn begin(&self) -> Instant {
        let now = Instant::now();
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = now;
        now
    }

    /// The time since the load began.
    pub(crate) fn now(&self) -> Duration {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Notes something.
    pub(crate) fn note(&self, what: impl Display) {
        let line = format!("t={:.1}s {what}", self.now().as_secs_f32());
        println!("{line}");
        // The file is a second copy of what was printed.
        let _ = writeln!(self.entries().file, "{line}");
    }

    /// Counts a fault that was carried out.
    pub(crate) fn count(&self, kind: &str) {
        *self.entries().counts.entry(kind.to_owned()).or_default() += 1;
    }

    /// The faults so far.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.entries().counts.clone()
    }

    /// Notes that a service was killed now.
    pub(crate) fn killed(&self, name: &str) {
        let now = self.now();
        self.entries().kills.push((name.to_owned(), now));
    }

    /// Which services were killed, and when.
    pub(crate) fn kills(&self) -> Vec<(String, Duration)> {
        self.entries().kills.clone()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // A thread that panicked has finished its entry or not begun it.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
