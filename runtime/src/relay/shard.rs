//! What the relay knows of one shard: how far it has published, and how far
//! that is acknowledged.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::destination::Destination;
use super::{Cause, Stuck};
use crate::mutation::{self, Mutation};
use crate::store::{CursorMove, OutboxRow, ShardId, Token};

/// How many messages may be between the cursor and the last one published: a message that is stuck holds
/// the cursor back while those to other partitions go on.
const SPAN: usize = 1_000_000;

/// How far one shard's messages are on their way from the outbox to Kafka.
///
/// Messages are considered in the order of their numbers and without a gap, whether they come from memory
/// or from the table: what does not continue the last one is refused here and read from the table when
/// its turn comes, so memory may overflow or miss a commit without harm. Those to one partition go in this
/// order; one that cannot go now holds up its partition and no other. The cursor is an acknowledged
/// *prefix*, and rows are deleted behind it only; if it ran ahead of one acknowledgement, a crash would
/// lose that message. After a failed delivery its partition waits until all its reports are in, and then
/// goes on with the message that failed: receivers hold back what is behind it.
///
/// See `docs/runtime.md`, "Numbers".
#[derive(Debug)]
pub(super) struct ShardRelay {
    shard: ShardId,
    token: Token,
    /// As the database has it; everything up to here is deleted.
    cursor: i64,
    /// The acknowledged prefix.
    prefix: i64,
    /// The last number considered: handed to the producer, or deferred.
    published: i64,
    /// The last number known to be committed.
    committed: i64,
    /// For each number after the prefix up to `published`: whether it is acknowledged.
    window: VecDeque<bool>,
    destinations: Vec<Destination>,
    outstanding: usize,
    deferred: usize,
}

/// What to do with a message that is offered to the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    /// Publish it now; the place of its destination.
    Publish(usize),
    /// It was published already, or waits for its turn.
    Known,
    /// Not now: read it from the table when its turn comes.
    Later,
}

impl ShardRelay {
    /// The relay of a shard as it was found at take-over.
    pub(super) fn new(shard: ShardId, token: Token, cursor: i64, last_seq: i64) -> Self {
        Self {
            shard,
            token,
            cursor,
            prefix: cursor,
            published: cursor,
            committed: last_seq,
            window: VecDeque::new(),
            destinations: Vec::new(),
            outstanding: 0,
            deferred: 0,
        }
    }

    /// The token of the ownership it publishes for.
    pub(super) fn token(&self) -> Token {
        self.token
    }

    /// Decides about a committed message. Offering the same message again is harmless. `room` says whether
    /// the producer takes more, `takes` whether its topic does.
    pub(super) fn offer(&mut self, row: &OutboxRow, room: bool, takes: bool, now: Instant) -> Offer {
        self.committed = self.committed.max(row.seq);
        let new = row.seq > self.published;
        if new && (row.seq != self.published + 1 || !room || self.window.len() >= SPAN) {
            return Offer::Later;
        }
        if !new && self.deferred == 0 {
            return Offer::Known;
        }
        let at = self.destination(row);
        let destination = &mut self.destinations[at];
        if !new {
            let its_turn = takes && destination.admits_deferred(row.seq, row.incarnation, now);
            return match its_turn {
                true if room => Offer::Publish(at),
                true => Offer::Later,
                false => Offer::Known,
            };
        }
        if takes && destination.admits_new(row.incarnation, now) {
            return Offer::Publish(at);
        }
        destination.defer(row.seq);
        self.deferred += 1;
        self.consider(row.seq);
        Offer::Known
    }

    /// The place of the row's destination.
    fn destination(&mut self, row: &OutboxRow) -> usize {
        let known = self.destinations.iter().position(|known| known.is(&row.topic, row.partition));
        known.unwrap_or_else(|| {
            self.destinations.push(Destination::new(row));
            self.destinations.len() - 1
        })
    }

    fn consider(&mut self, seq: i64) {
        if seq > self.published {
            self.published = seq;
            self.window.push_back(false);
        }
    }

    /// Records that the producer has taken the message that was to be published;
    /// `first` if its source has sent no other to this partition.
    pub(super) fn published(&mut self, at: usize, seq: i64, incarnation: i64, first: bool) {
        let destination = &mut self.destinations[at];
        if destination.is_deferred(seq) {
            self.deferred -= 1;
        }
        destination.published(seq, incarnation, first);
        self.outstanding += 1;
        self.consider(seq);
    }

    /// Records that a message is acknowledged. Returns the destination if it was stuck before.
    pub(super) fn delivered(&mut self, at: usize, seq: i64, now: Instant) -> Option<&Destination> {
        self.outstanding -= 1;
        let place = usize::try_from(seq - self.prefix - 1).ok();
        if let Some(acknowledged) = place.and_then(|place| self.window.get_mut(place)) {
            *acknowledged = true;
        }
        while self.window.front() == Some(&true) {
            self.window.pop_front();
            self.prefix += 1;
        }
        let destination = &mut self.destinations[at];
        destination.delivered(seq, now).then_some(&*destination)
    }

    /// Records that a message was not delivered.
    pub(super) fn failed(&mut self, at: usize, seq: i64, bytes: usize, cause: Cause, now: Instant) {
        if mutation::active(Mutation::NoSecondTry) {
            self.delivered(at, seq, now);
            return;
        }
        self.outstanding -= 1;
        self.deferred += 1;
        self.destinations[at].failed(seq, bytes, cause, now);
    }

    /// The numbers after which to read the table, when there is something to read. `takes` says whether
    /// messages may go to a topic.
    pub(super) fn behind(&self, takes: impl Fn(&str) -> bool, now: Instant) -> Vec<i64> {
        let mut behind = Vec::new();
        if self.deferred > 0 {
            let open = self.destinations.iter().filter_map(|it| Some((it.next_deferred(now)?, it)));
            let first = open.filter(|(_, it)| takes(&it.topic)).map(|(first, _)| first).min();
            behind.extend(first.map(|first| first - 1));
        }
        if self.published < self.committed && self.window.len() < SPAN {
            behind.push(self.published);
        }
        behind
    }

    /// The messages that keep everything behind them from their partitions.
    pub(super) fn stuck(&self) -> impl Iterator<Item = Stuck> {
        // Nothing is stuck while nothing waits.
        let destinations = if self.deferred + self.outstanding == 0 { &[][..] } else { &self.destinations };
        destinations.iter().filter_map(Destination::stuck)
    }

    /// The number up to which everything is acknowledged.
    pub(super) fn acknowledged(&self) -> i64 {
        self.prefix
    }

    /// How many messages are committed and not acknowledged.
    pub(super) fn backlog(&self) -> i64 {
        let considered = i64::try_from(self.outstanding + self.deferred).unwrap_or(i64::MAX);
        self.committed - self.published + considered
    }

    /// How many delivery reports are awaited.
    pub(super) fn outstanding(&self) -> usize {
        self.outstanding
    }

    /// How the cursor should move, if it should.
    pub(super) fn cursor_move(&self) -> Option<CursorMove> {
        let to = if mutation::active(Mutation::MarkBeforeAck) { self.published } else { self.prefix };
        let move_on = CursorMove { shard: self.shard, token: self.token, from: self.cursor, to };
        (to > self.cursor).then_some(move_on)
    }

    /// Records that the cursor has moved.
    pub(super) fn cursor_moved(&mut self, to: i64) {
        self.cursor = self.cursor.max(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(cursor: i64, last_seq: i64) -> ShardRelay {
        ShardRelay::new(ShardId(1), Token::random(), cursor, last_seq)
    }

    /// A message to partition `to`, not the first.
    fn row(seq: i64, to: i32) -> OutboxRow {
        OutboxRow {
            shard: ShardId(1),
            seq,
            topic: "t".into(),
            partition: to,
            incarnation: 1,
            dseq: 7,
            key: 0..0,
            headers: 0..0,
            value: 0..0,
        }
    }

    fn offer(relay: &mut ShardRelay, row: &OutboxRow) -> Offer {
        relay.offer(row, true, true, Instant::now())
    }

    /// Offers a message, which must go.
    fn publish(relay: &mut ShardRelay, row: &OutboxRow) -> usize {
        let Offer::Publish(at) = offer(relay, row) else { panic!("{row:?} must go") };
        relay.published(at, row.seq, row.incarnation, row.dseq == 1);
        at
    }

    fn deliver(relay: &mut ShardRelay, seq: i64, at: usize) {
        relay.delivered(at, seq, Instant::now());
    }

    fn fail(relay: &mut ShardRelay, seq: i64, at: usize) {
        let cause = Cause { reason: "too large".into(), refused: true };
        relay.failed(at, seq, 20_000, cause, Instant::now());
    }

    /// Where to read once every pause is over.
    fn behind(relay: &ShardRelay) -> Vec<i64> {
        relay.behind(|_| true, later())
    }

    fn later() -> Instant {
        Instant::now() + std::time::Duration::from_secs(60)
    }

    #[test]
    fn the_cursor_is_an_acknowledged_prefix() {
        let mut relay = relay(0, 0);
        (1..=3).for_each(|seq| _ = publish(&mut relay, &row(seq, 0)));
        deliver(&mut relay, 3, 0);
        assert_eq!(relay.cursor_move(), None);
        deliver(&mut relay, 1, 0);
        assert_eq!(relay.cursor_move().map(|cursor| cursor.to), Some(1));
        deliver(&mut relay, 2, 0);
        assert_eq!(relay.cursor_move().map(|cursor| cursor.to), Some(3));
        relay.cursor_moved(3);
        assert_eq!(relay.cursor_move(), None);
    }

    #[test]
    fn a_jump_in_what_is_fed_is_read_from_the_table() {
        let mut relay = relay(0, 0);
        publish(&mut relay, &row(1, 0));
        assert_eq!(offer(&mut relay, &row(3, 0)), Offer::Later);
        assert_eq!(behind(&relay), [1]);
        publish(&mut relay, &row(2, 0));
        publish(&mut relay, &row(3, 0));
        assert_eq!(behind(&relay), [0_i64; 0]);
    }

    #[test]
    fn a_message_that_failed_goes_again_alone_and_before_those_behind_it() {
        let mut relay = relay(0, 0);
        (1..=3).for_each(|seq| _ = publish(&mut relay, &row(seq, 0)));
        deliver(&mut relay, 1, 0);
        fail(&mut relay, 2, 0);
        assert_eq!(offer(&mut relay, &row(4, 0)), Offer::Known, "it waits behind");
        assert_eq!(behind(&relay), [0_i64; 0], "a report is missing");
        fail(&mut relay, 3, 0);
        assert_eq!(relay.backlog(), 3);
        assert_eq!(relay.offer(&row(2, 0), true, true, Instant::now()), Offer::Known, "it pauses first");
        assert_eq!(behind(&relay), [1]);
        assert_eq!(relay.offer(&row(3, 0), true, true, later()), Offer::Known, "2 is before it");
        assert_eq!(relay.offer(&row(2, 0), true, true, later()), Offer::Publish(0));
        relay.published(0, 2, 1, false);
        assert_eq!(relay.offer(&row(3, 0), true, true, later()), Offer::Known, "2 goes by itself");
        deliver(&mut relay, 2, 0);
        for seq in [3, 4] {
            assert_eq!(relay.offer(&row(seq, 0), true, true, later()), Offer::Publish(0));
            relay.published(0, seq, 1, false);
            deliver(&mut relay, seq, 0);
        }
        assert_eq!(relay.cursor_move().map(|cursor| cursor.to), Some(4));
        assert_eq!((relay.backlog(), behind(&relay).len()), (0, 0));
    }

    #[test]
    fn a_message_that_is_refused_holds_up_its_partition_and_no_other() {
        let mut relay = relay(0, 0);
        let stuck = publish(&mut relay, &row(1, 0));
        fail(&mut relay, 1, stuck);
        for seq in 2..=9 {
            let to = i32::from(seq % 2 == 1);
            match offer(&mut relay, &row(seq, to)) {
                Offer::Publish(at) => {
                    assert_eq!(to, 1);
                    relay.published(at, seq, 1, false);
                    deliver(&mut relay, seq, at);
                }
                other => assert_eq!((to, other), (0, Offer::Known)),
            }
        }
        assert_eq!(relay.cursor_move(), None, "the first is not acknowledged");
        assert_eq!(relay.backlog(), 5);
        assert_eq!(relay.stuck().count(), 0, "it was not by itself");
        assert_eq!(relay.offer(&row(1, 0), true, true, later()), Offer::Publish(stuck));
        relay.published(stuck, 1, 1, false);
        fail(&mut relay, 1, stuck);
        let named: Vec<_> = relay.stuck().collect();
        let [named] = named.as_slice() else { panic!("one is stuck: {named:?}") };
        assert_eq!((named.partition, named.seq, named.bytes, named.waiting), (0, 1, 20_000, 5));
    }

    #[test]
    fn a_topic_that_takes_nothing_holds_up_itself_alone() {
        let mut relay = relay(0, 0);
        assert_eq!(relay.offer(&row(1, 0), true, false, Instant::now()), Offer::Known);
        publish(&mut relay, &row(2, 1));
        assert_eq!(relay.behind(|_| false, later()), [0_i64; 0]);
        assert_eq!(behind(&relay), [0]);
        publish(&mut relay, &row(1, 0));
    }

    #[test]
    fn a_new_incarnation_waits_for_the_old_one() {
        let mut relay = relay(0, 0);
        let new = |seq| OutboxRow { incarnation: 2, ..row(seq, 0) };
        publish(&mut relay, &row(1, 0));
        assert_eq!(offer(&mut relay, &new(2)), Offer::Known);
        assert_eq!(behind(&relay), [0_i64; 0]);
        deliver(&mut relay, 1, 0);
        assert_eq!(behind(&relay), [1]);
        publish(&mut relay, &new(2));
    }

    #[test]
    fn nothing_overtakes_the_first_message_to_a_partition() {
        let mut relay = relay(0, 0);
        let first = |seq| OutboxRow { dseq: 1, ..row(seq, 0) };
        publish(&mut relay, &first(1));
        assert_eq!(offer(&mut relay, &row(2, 0)), Offer::Known);
        publish(&mut relay, &row(3, 1));
        assert_eq!(behind(&relay), [0_i64; 0]);
        fail(&mut relay, 1, 0);
        assert_eq!(relay.offer(&row(2, 0), true, true, later()), Offer::Known);
        assert_eq!(relay.offer(&first(1), true, true, later()), Offer::Publish(0));
        relay.published(0, 1, 1, true);
        assert_eq!(relay.offer(&row(2, 0), true, true, later()), Offer::Known);
        deliver(&mut relay, 1, 0);
        assert_eq!(relay.offer(&row(2, 0), true, true, later()), Offer::Publish(0));
    }

    #[test]
    fn what_a_take_over_found_is_read_from_the_table() {
        let mut relay = relay(5, 7);
        assert_eq!(behind(&relay), [5]);
        assert_eq!(offer(&mut relay, &row(5, 0)), Offer::Known);
        publish(&mut relay, &row(6, 0));
        publish(&mut relay, &row(7, 0));
        assert_eq!(relay.backlog(), 2);
    }
}
