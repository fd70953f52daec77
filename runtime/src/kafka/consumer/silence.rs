//! A member to which the group gives no answer.

use std::time::{Duration, Instant};

/// For how long a member may be without an assignment. A rebalance takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Since when a member has waited for what the group assigns to it.
///
/// A client that lost its group during an outage can stay outside without an error and without end, while
/// its thread polls and everything looks well. So an answer has its time, and an assignment of nothing is
/// an answer too: there are more instances than partitions.
#[derive(Debug)]
pub(super) struct Silence {
    since: Option<Instant>,
}

impl Silence {
    /// A member that has just subscribed.
    pub(super) fn new(now: Instant) -> Self {
        Self { since: Some(now) }
    }

    /// Its partitions were revoked: the next assignment is due.
    pub(super) fn begins(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// The group has assigned something, or nothing.
    pub(super) fn ends(&mut self) {
        self.since = None;
    }

    /// Whether an assignment is still due.
    pub(super) fn lasts(&self) -> bool {
        self.since.is_some()
    }

    /// For how long the assignment has been due, once that is too long.
    pub(super) fn is_too_long(&self, now: Instant) -> Option<Duration> {
        let lasts = now.duration_since(self.since?);
        (lasts >= PATIENCE).then_some(lasts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_without_an_assignment_for_a_minute_is_given_up() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut silence = Silence::new(start);
        assert_eq!(silence.is_too_long(after(59)), None);
        assert_eq!(silence.is_too_long(after(60)), Some(PATIENCE), "the first assignment never came");
        silence.ends();
        assert_eq!(silence.is_too_long(after(6_000)), None, "it is assigned what it reads, or nothing");
        silence.begins(after(100));
        silence.begins(after(150));
        assert_eq!(silence.is_too_long(after(159)), None);
        assert_eq!(silence.is_too_long(after(160)), Some(PATIENCE), "after a revocation none came");
    }
}
