//! When a lane takes over again, and when its instance gives up for a while.

use std::time::Duration;

use tokio::time::Instant;

/// For how long take-overs may fail before the instance leaves the group. Shorter than that are a restart
/// of the database and most failovers, during which no other instance would do better.
const GIVE_UP: Duration = Duration::from_secs(30);
/// How often an instance that has left looks whether its database answers.
const LOOK: Duration = Duration::from_secs(2);
/// The longest that an instance stays away although its database answers.
const MAX_ABSENCE: Duration = Duration::from_secs(600);

/// Whether and when the lane has to take over again.
pub(super) struct Recovery {
    /// What it remembers may be wrong.
    broken: bool,
    failures: u32,
    next: Option<Instant>,
    /// Where the next jitter comes from.
    jitter: u64,
    /// Since when nothing was taken over although something should have been.
    failing_since: Option<Instant>,
    /// Not before does the instance come back to its group, which it has left.
    absent_until: Option<Instant>,
    /// How often it has left without taking anything over in between.
    absences: u32,
}

impl Recovery {
    pub(super) fn new(jitter: u64) -> Self {
        Self {
            broken: false,
            failures: 0,
            next: None,
            jitter,
            failing_since: None,
            absent_until: None,
            absences: 0,
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// When there is something to do next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// There is something to take over.
    pub(super) fn wanted(&mut self, now: Instant) {
        self.next.get_or_insert(now);
    }

    /// What the lane remembers may be wrong: take over again, later each time.
    pub(super) fn breaks(&mut self, now: Instant) {
        if self.is_absent() {
            // There is nothing to remember.
            return;
        }
        self.broken = true;
        let wait = Duration::from_millis(50 << self.failures.min(7)).min(Duration::from_secs(5));
        // Two owners that fight must not do so in step. The high bits of this generator are the random ones.
        self.jitter = self.jitter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let jitter = Duration::from_millis(self.jitter >> 58);
        self.failures += 1;
        self.next = Some(now + wait + jitter);
    }

    /// A take-over that began then has failed.
    pub(super) fn fails(&mut self, began: Instant, now: Instant) {
        self.failing_since.get_or_insert(began);
        self.breaks(now);
    }

    pub(super) fn succeeds(&mut self) {
        (self.broken, self.failures, self.next) = (false, 0, None);
        (self.failing_since, self.absences) = (None, 0);
    }

    /// Whether it has failed for so long that other instances should have the partitions.
    pub(super) fn is_hopeless(&self, now: Instant) -> bool {
        self.failing_since.is_some_and(|since| now.duration_since(since) >= GIVE_UP)
    }

    /// The instance leaves its group. If it had come back and nothing was any better, it stays away for
    /// longer each time: to come and go would keep the others from working.
    pub(super) fn leaves(&mut self, now: Instant) {
        let wait = match self.absences {
            0 => Duration::ZERO,
            absences => (GIVE_UP * (1 << absences.min(6))).min(MAX_ABSENCE),
        };
        self.absences += 1;
        (self.broken, self.failures, self.failing_since) = (false, 0, None);
        self.absent_until = Some(now + wait);
        self.next = Some(now + LOOK);
    }

    pub(super) fn is_absent(&self) -> bool {
        self.absent_until.is_some()
    }

    /// The database has answered, or not. Whether the instance comes back.
    pub(super) fn returns(&mut self, answered: bool, now: Instant) -> bool {
        let returns = answered && self.absent_until.is_some_and(|until| until <= now);
        if returns {
            (self.absent_until, self.next) = (None, None);
        } else {
            self.next = Some(now + LOOK);
        }
        returns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Lets take-overs fail until the instance leaves. Returns after how long.
    fn until_it_leaves(recovery: &mut Recovery, now: &mut Instant) -> Duration {
        let began = *now;
        while !recovery.is_hopeless(*now) {
            recovery.fails(*now, *now);
            *now += SECOND;
        }
        recovery.leaves(*now);
        *now - began
    }

    /// How long it stays away from a database that answers.
    fn until_it_returns(recovery: &mut Recovery, now: &mut Instant) -> Duration {
        let began = *now;
        while !recovery.returns(true, *now) {
            *now += LOOK;
        }
        *now - began
    }

    #[test]
    fn an_instance_leaves_after_a_while_and_comes_back_as_soon_as_it_can() {
        let (mut recovery, mut now) = (Recovery::new(7), Instant::now());
        assert_eq!(until_it_leaves(&mut recovery, &mut now), GIVE_UP);
        recovery.breaks(now);
        assert!(!recovery.is_broken(), "it remembers nothing that could be wrong");
        assert!(!recovery.returns(false, now));
        assert_eq!(until_it_returns(&mut recovery, &mut now), Duration::ZERO);
        assert!(!recovery.is_absent() && !recovery.is_hopeless(now));
    }

    #[test]
    fn one_that_cannot_take_over_stays_away_longer_each_time() {
        let (mut recovery, mut now) = (Recovery::new(7), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..7 {
            until_it_leaves(&mut recovery, &mut now);
            waits.push(until_it_returns(&mut recovery, &mut now).as_secs());
        }
        assert_eq!(waits, [0, 60, 120, 240, 480, 600, 600]);
        recovery.succeeds();
        until_it_leaves(&mut recovery, &mut now);
        assert_eq!(until_it_returns(&mut recovery, &mut now), Duration::ZERO, "it has worked meanwhile");
    }

    #[test]
    fn failures_apart_from_each_other_do_not_add_up() {
        let (mut recovery, mut now) = (Recovery::new(7), Instant::now());
        for _ in 0..100 {
            recovery.fails(now, now);
            now += SECOND;
            recovery.succeeds();
        }
        assert!(!recovery.is_hopeless(now));
    }
}
