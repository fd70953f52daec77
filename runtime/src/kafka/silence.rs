//! A client to which Kafka gives no answer.

use std::time::{Duration, Instant};

/// Since when a client has waited for an answer.
///
/// A client that has lost its group or all of its brokers in an outage can wait without an error and without
/// end, while its thread polls and everything looks well: librdkafka forgets every broker once a response says
/// that there is none, as one does that comes from a broker that was paused, and then never connects again. So
/// an answer has its time, and another client takes the place of one that got none. To a member of a group, an
/// assignment of nothing is an answer too: there are more instances than partitions.
#[derive(Debug, Default)]
pub(super) struct Silence {
    since: Option<Instant>,
}

impl Silence {
    /// A client that has just asked.
    pub(super) fn new(now: Instant) -> Self {
        Self { since: Some(now) }
    }

    /// An answer is due: its partitions were revoked, or a message was sent.
    pub(super) fn begins(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// Kafka has answered: a group has assigned something, or nothing.
    pub(super) fn ends(&mut self) {
        self.since = None;
    }

    /// Whether an answer is still due.
    pub(super) fn lasts(&self) -> bool {
        self.since.is_some()
    }

    /// For how long the answer has been due, if that is longer than `patience`.
    pub(super) fn is_too_long(&self, patience: Duration, now: Instant) -> Option<Duration> {
        let lasts = now.duration_since(self.since?);
        (lasts >= patience).then_some(lasts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn a_member_without_an_assignment_for_a_minute_is_given_up() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut silence = Silence::new(start);
        assert_eq!(silence.is_too_long(PATIENCE, after(59)), None);
        assert_eq!(
            silence.is_too_long(PATIENCE, after(60)),
            Some(PATIENCE),
            "the first assignment never came"
        );
        silence.ends();
        assert_eq!(
            silence.is_too_long(PATIENCE, after(6_000)),
            None,
            "it is assigned what it reads, or nothing"
        );
        silence.begins(after(100));
        silence.begins(after(150));
        assert_eq!(silence.is_too_long(PATIENCE, after(159)), None);
        assert_eq!(silence.is_too_long(PATIENCE, after(160)), Some(PATIENCE), "after a revocation none came");
    }
}
