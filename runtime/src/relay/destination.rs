//! One partition that a shard publishes to.

use std::borrow::Cow;
use std::collections::BTreeSet;

use tokio::time::Instant;

use super::backoff::Backoff;
use super::{Cause, Stuck};
use crate::mutation::{self, Mutation};
use crate::store::OutboxRow;

/// How many messages of one shard to one partition may await their reports: a partition whose leader is
/// away must not take the room of the others.
const WINDOW: usize = 2_000;
/// After so many failures in a row a message counts as stuck, whatever the reason.
const STUCK_AFTER: u32 = 5;

/// How far one shard's messages to one partition are.
///
/// What cannot go now is *deferred*: it is read from the table again when its turn comes, and until then
/// later messages to the same partition are deferred as well, so their order holds. Messages to other
/// partitions go on.
#[derive(Debug)]
pub(super) struct Destination {
    pub topic: Cow<'static, str>,
    pub partition: i32,
    outstanding: usize,
    deferred: BTreeSet<i64>,
    /// Nothing may join what is on its way.
    alone: bool,
    /// The incarnation of the message published last.
    incarnation: i64,
    backoff: Option<Backoff>,
    failure: Option<Failure>,
}

/// Why the first unacknowledged message could not be delivered.
#[derive(Debug)]
struct Failure {
    seq: i64,
    bytes: usize,
    cause: Cause,
    /// It was on its way by itself, so it is this message that failed and not the company it was in.
    by_itself: bool,
    times: u32,
}

impl Destination {
    pub(super) fn new(row: &OutboxRow) -> Self {
        Self {
            topic: row.topic.clone(),
            partition: row.partition,
            outstanding: 0,
            deferred: BTreeSet::new(),
            alone: false,
            incarnation: 0,
            backoff: None,
            failure: None,
        }
    }

    pub(super) fn is(&self, topic: &str, partition: i32) -> bool {
        self.partition == partition && self.topic == topic
    }

    /// Whether a message of `incarnation`, the next to this partition, may go now.
    fn admits(&mut self, incarnation: i64, now: Instant) -> bool {
        // Between two lives of the database nothing may overtake: a receiver that has seen
        // the new one drops what comes of the old one.
        if incarnation != self.incarnation && self.outstanding > 0 && !mutation::active(Mutation::NoBarrier) {
            self.alone = true;
        }
        self.is_open(now)
    }

    fn is_open(&self, now: Instant) -> bool {
        let room = if self.alone { self.outstanding == 0 } else { self.outstanding < WINDOW };
        room && !self.backoff.is_some_and(|backoff| backoff.lasts(now))
    }

    /// Whether a message that was never offered before may go now.
    pub(super) fn admits_new(&mut self, incarnation: i64, now: Instant) -> bool {
        self.deferred.is_empty() && self.admits(incarnation, now)
    }

    /// Whether a message that was deferred may go now.
    pub(super) fn admits_deferred(&mut self, seq: i64, incarnation: i64, now: Instant) -> bool {
        self.deferred.first() == Some(&seq) && self.admits(incarnation, now)
    }

    /// The first deferred message, if it may go now, and enough others that reading the table is worth it.
    pub(super) fn next_deferred(&self, now: Instant) -> Option<i64> {
        self.deferred.first().copied().filter(|_| self.is_open(now) && self.outstanding < WINDOW / 2)
    }

    pub(super) fn is_deferred(&self, seq: i64) -> bool {
        self.deferred.contains(&seq)
    }

    pub(super) fn defer(&mut self, seq: i64) {
        self.deferred.insert(seq);
    }

    /// The producer has taken a message; `first` if its source has sent no other to this partition.
    pub(super) fn published(&mut self, seq: i64, incarnation: i64, first: bool) {
        self.deferred.remove(&seq);
        self.incarnation = incarnation;
        self.outstanding += 1;
        // A receiver takes the first number it sees of a source as the beginning: until the true first
        // is on its partition, nothing that is behind it may be on its way.
        let opening = first && !mutation::active(Mutation::OvertakenFirst);
        // What failed is tried by itself: in a batch it would fail its neighbours again.
        self.alone = opening || self.failure.is_some();
    }

    /// A message is acknowledged.
    pub(super) fn delivered(&mut self, seq: i64, now: Instant) -> bool {
        let passed = self.failure.take_if(|failure| seq <= failure.seq);
        self.settled(now);
        passed.is_some_and(|failure| failure.is_stuck())
    }

    /// A message could not be delivered: it goes again, by itself, once all reports are in.
    pub(super) fn failed(&mut self, seq: i64, bytes: usize, cause: Cause, now: Instant) {
        self.deferred.insert(seq);
        let by_itself = self.alone && self.outstanding == 1;
        let same = self.failure.take();
        self.failure = Some(match same {
            Some(failure) if failure.seq < seq => failure,
            Some(failure) if failure.seq == seq => {
                Failure { cause, by_itself, times: failure.times + 1, ..failure }
            }
            _ => Failure { seq, bytes, cause, by_itself, times: 1 },
        });
        self.alone = true;
        self.settled(now);
    }

    fn settled(&mut self, now: Instant) {
        self.outstanding -= 1;
        if self.outstanding > 0 {
            return;
        }
        self.alone = false;
        if self.failure.is_some() {
            self.backoff = Some(Backoff::after(self.backoff, now));
        }
    }

    /// The message that keeps everything behind it from this partition.
    pub(super) fn stuck(&self) -> Option<Stuck> {
        let failure = self.failure.as_ref().filter(|failure| failure.is_stuck())?;
        Some(Stuck {
            topic: self.topic.to_string(),
            partition: self.partition,
            seq: failure.seq,
            bytes: failure.bytes,
            waiting: self.deferred.len(),
            reason: failure.cause.reason.clone(),
        })
    }
}

impl Failure {
    fn is_stuck(&self) -> bool {
        (self.cause.refused && self.by_itself) || self.times >= STUCK_AFTER
    }
}
