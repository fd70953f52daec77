//! Log lines that would repeat: the first at once, then one a minute with how many were left out.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the same line is written.
const EVERY: Duration = Duration::from_secs(60);
/// How many causes are remembered: text from outside must not fill the memory.
const CAUSES: usize = 100;

/// When each cause was logged last.
///
/// A client that cannot go on says so many times a second, which buries the line that helps. The causes
/// are told apart by a text without numbers that change each time.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<BTreeMap<String, Repeat>>);

#[derive(Debug)]
struct Repeat {
    logged: Instant,
    left_out: u64,
}

impl Repeats {
    /// A log in which nothing was written yet.
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Whether a line about `cause` is due; if so, how many were left out since the last one.
    pub(crate) fn due(&self, cause: &str) -> Option<u64> {
        self.due_at(cause, Instant::now())
    }

    fn due_at(&self, cause: &str, now: Instant) -> Option<u64> {
        let mut causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(repeat) = causes.get_mut(cause) {
            if now.duration_since(repeat.logged) < EVERY {
                repeat.left_out += 1;
                return None;
            }
            repeat.logged = now;
            return Some(std::mem::take(&mut repeat.left_out));
        }
        if causes.len() >= CAUSES {
            let oldest =
                causes.iter().min_by_key(|(_, repeat)| repeat.logged).map(|(cause, _)| cause.clone());
            oldest.and_then(|oldest| causes.remove(&oldest));
        }
        causes.insert(cause.to_owned(), Repeat { logged: now, left_out: 0 });
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_logged_at_once_and_then_once_a_minute() {
        let (repeats, start) = (Repeats::new(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(repeats.due_at("denied", start), Some(0));
        (1..60).for_each(|second| assert_eq!(repeats.due_at("denied", after(second)), None));
        assert_eq!(repeats.due_at("another", after(59)), Some(0));
        assert_eq!(repeats.due_at("denied", after(60)), Some(59));
        assert_eq!(repeats.due_at("denied", after(61)), None);
    }

    #[test]
    fn causes_from_outside_do_not_fill_the_memory() {
        let (repeats, start) = (Repeats::new(), Instant::now());
        for cause in 0..1_000 {
            assert_eq!(repeats.due_at(&cause.to_string(), start + Duration::from_millis(cause)), Some(0));
        }
        assert_eq!(repeats.0.lock().expect("a lock").len(), CAUSES);
    }
}
