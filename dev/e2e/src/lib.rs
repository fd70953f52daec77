//! The shipped saga, started and looked at from outside.
//!
//! A [`Stage`] is a broker with a database for each service: the embedded pair
//! (mock cluster and SQLite) or the real one (Kafka and PostgreSQL). Services are
//! started on it, killed and started again; what they do is seen over HTTP and on
//! the topics.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

mod counts;
mod instance;
mod metrics;
mod operate;
pub mod scenarios;
mod stage;
mod topics;

pub use instance::{Instance, Reply};
pub use metrics::Samples;
pub use operate::Operated;
pub use stage::{PARTITIONS, Pair, Stage};
pub use topics::{Message, Open, Topics};

use std::time::{Duration, Instant};

/// Waits until `probe` finds something, at most `bound`.
///
/// # Panics
/// When it does not; `what` says what was missing.
pub fn wait_for<T>(what: &str, bound: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(start.elapsed() < bound, "{what}: not within {bound:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
