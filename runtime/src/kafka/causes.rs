//! Log lines about errors that come again and again: one for each cause, now and then.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often the log mentions an error that goes on.
const REPEAT: Duration = Duration::from_secs(60);
/// How many causes are told apart.
const MAX_CAUSES: usize = 100;

/// When each cause was last logged.
#[derive(Debug, Default)]
pub(super) struct Causes(BTreeMap<String, Cause>);

#[derive(Debug)]
struct Cause {
    logged: Instant,
    /// How often it has come since.
    unlogged: u64,
}

impl Causes {
    /// Whether an error of this cause is to be logged now: the first, and then one a minute. Says how many
    /// were left out in between.
    pub(super) fn log(&mut self, cause: &str, now: Instant) -> Option<u64> {
        if let Some(known) = self.0.get_mut(cause) {
            if now.duration_since(known.logged) < REPEAT {
                known.unlogged += 1;
                return None;
            }
            known.logged = now;
            return Some(std::mem::take(&mut known.unlogged));
        }
        if self.0.len() >= MAX_CAUSES {
            self.0.retain(|_, known| now.duration_since(known.logged) < REPEAT);
        }
        if self.0.len() < MAX_CAUSES {
            self.0.insert(cause.to_owned(), Cause { logged: now, unlogged: 0 });
        }
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_goes_on_is_one_line_a_minute() {
        let (mut causes, began) = (Causes::default(), Instant::now());
        let lines = |causes: &mut Causes, cause: &str, second: u64| {
            causes.log(cause, began + Duration::from_secs(second))
        };
        assert_eq!(lines(&mut causes, "denied", 0), Some(0));
        for second in 1..60 {
            assert_eq!(lines(&mut causes, "denied", second), None);
        }
        assert_eq!(lines(&mut causes, "away", 30), Some(0), "another cause is news");
        assert_eq!(lines(&mut causes, "denied", 60), Some(59));
    }
}
