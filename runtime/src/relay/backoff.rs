//! How long the relay of a shard waits after a failure.

use std::time::Duration;

use tokio::time::Instant;

/// A failure so long ago says nothing about the next one.
const FORGIVEN: Duration = Duration::from_secs(10);

/// A pause after messages that Kafka did not take: the same again right away would not end otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backoff {
    failures: u32,
    until: Instant,
}

impl Backoff {
    /// The next pause: doubling from 50 ms to 5 s, unless the last one is long ago.
    pub(super) fn after(last: Option<Self>, now: Instant) -> Self {
        let recent = last.filter(|last| now < last.until + FORGIVEN);
        let failures = recent.map_or(0, |last| last.failures + 1);
        let pause = Duration::from_millis(50 << failures.min(7)).min(Duration::from_secs(5));
        Self { failures, until: now + pause }
    }

    /// Whether it is not over yet.
    pub(super) fn lasts(self, now: Instant) -> bool {
        now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_are_forgiven() {
        let mut now = Instant::now();
        let mut backoff = Backoff::after(None, now);
        let mut pauses = Vec::new();
        for _ in 0..9 {
            pauses.push((backoff.until - now).as_millis());
            assert!(backoff.lasts(now));
            now = backoff.until;
            assert!(!backoff.lasts(now));
            backoff = Backoff::after(Some(backoff), now);
        }
        assert_eq!(pauses, [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(Backoff::after(Some(backoff), backoff.until + FORGIVEN).failures, 0);
    }
}
