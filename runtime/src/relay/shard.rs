//! What the relay knows of one shard: how far it has published, and how far
//! that is acknowledged.

use std::collections::VecDeque;

use crate::mutation::{self, Mutation};
use crate::store::{CursorMove, ShardId, Token};

/// How far one shard's messages are on their way from the outbox to Kafka.
///
/// Messages are published in the order of their numbers and without a gap, whether they come from memory
/// or from the table: what does not continue the last one is refused here and read from the table when
/// its turn comes, so memory may overflow or miss a commit without harm. The cursor is an acknowledged
/// *prefix*, and rows are deleted behind it only; if it ran ahead of one acknowledgement, a crash would
/// lose that message. Any failed delivery stops the shard until all reports are in, and then it starts
/// over behind the prefix: receivers drop what they had already.
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
    /// The last number handed to the producer.
    published: i64,
    /// The last number known to be committed.
    committed: i64,
    /// The incarnation of the message published last.
    incarnation: i64,
    /// The last message published that is the first to its partition.
    opening: i64,
    /// For each number after the prefix up to `published`: whether it is acknowledged.
    window: VecDeque<bool>,
    outstanding: usize,
    failed: bool,
}

/// What to do with a message that is offered to the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    /// Publish it now.
    Publish,
    /// It was published already.
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
            incarnation: 0,
            opening: 0,
            window: VecDeque::new(),
            outstanding: 0,
            failed: false,
        }
    }

    /// The token of the ownership it publishes for.
    pub(super) fn token(&self) -> Token {
        self.token
    }

    /// Decides about a committed message. Offering the same message again is harmless.
    pub(super) fn offer(&mut self, seq: i64, incarnation: i64, room: bool) -> Offer {
        self.committed = self.committed.max(seq);
        if seq <= self.published {
            return Offer::Known;
        }
        // Between two lives of the database nothing may overtake: a receiver that has seen
        // the new one drops what comes of the old one.
        let border = incarnation != self.incarnation && self.outstanding > 0;
        let border = border && !mutation::active(Mutation::NoBarrier);
        // A receiver takes the first number it sees of a source as the beginning: until the true first
        // is on its partition, nothing that is behind it may be on its way.
        let opening = self.opening > self.prefix && !mutation::active(Mutation::OvertakenFirst);
        if seq != self.published + 1 || self.failed || border || opening || !room {
            return Offer::Later;
        }
        Offer::Publish
    }

    /// Records that the producer has taken the message that was to be published;
    /// `first` if its source has sent no other to this partition.
    pub(super) fn published(&mut self, seq: i64, incarnation: i64, first: bool) {
        self.published = seq;
        self.incarnation = incarnation;
        if first {
            self.opening = seq;
        }
        self.outstanding += 1;
        self.window.push_back(false);
    }

    /// Records a delivery report.
    ///
    /// After a failure nothing more is published until all reports are in;
    /// then everything after the acknowledged prefix is published again: returns whether it starts over.
    pub(super) fn reported(&mut self, seq: i64, delivered: bool) -> bool {
        self.outstanding -= 1;
        if delivered || mutation::active(Mutation::NoSecondTry) {
            let at = usize::try_from(seq - self.prefix - 1).ok();
            if let Some(acknowledged) = at.and_then(|at| self.window.get_mut(at)) {
                *acknowledged = true;
            }
            while self.window.front() == Some(&true) {
                self.window.pop_front();
                self.prefix += 1;
            }
        } else {
            self.failed = true;
        }
        let over = self.failed && self.outstanding == 0;
        if over {
            self.failed = false;
            self.published = self.prefix;
            self.opening = 0;
            self.window.clear();
        }
        over
    }

    /// The number after which to read the table, when there is something to read.
    pub(super) fn behind(&self) -> Option<i64> {
        (self.published < self.committed && !self.failed).then_some(self.published)
    }

    /// The number up to which everything is acknowledged.
    pub(super) fn acknowledged(&self) -> i64 {
        self.prefix
    }

    /// How many messages are committed and not acknowledged.
    pub(super) fn backlog(&self) -> i64 {
        self.committed - self.prefix
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

    fn publish(relay: &mut ShardRelay, seq: i64) {
        assert_eq!(relay.offer(seq, 1, true), Offer::Publish);
        relay.published(seq, 1, false);
    }

    #[test]
    fn the_cursor_is_an_acknowledged_prefix() {
        let mut relay = relay(0, 0);
        (1..=3).for_each(|seq| publish(&mut relay, seq));
        relay.reported(3, true);
        assert_eq!(relay.cursor_move(), None);
        relay.reported(1, true);
        assert_eq!(relay.cursor_move().map(|cursor| cursor.to), Some(1));
        relay.reported(2, true);
        assert_eq!(relay.cursor_move().map(|cursor| cursor.to), Some(3));
        relay.cursor_moved(3);
        assert_eq!(relay.cursor_move(), None);
    }

    #[test]
    fn a_jump_in_what_is_fed_is_read_from_the_table() {
        let mut relay = relay(0, 0);
        publish(&mut relay, 1);
        assert_eq!(relay.offer(3, 1, true), Offer::Later);
        assert_eq!(relay.behind(), Some(1));
        publish(&mut relay, 2);
        publish(&mut relay, 3);
        assert_eq!(relay.behind(), None);
    }

    #[test]
    fn after_a_failure_everything_unacknowledged_goes_again() {
        let mut relay = relay(0, 0);
        (1..=3).for_each(|seq| publish(&mut relay, seq));
        relay.reported(1, true);
        assert!(!relay.reported(2, false));
        assert_eq!(relay.offer(4, 1, true), Offer::Later);
        assert_eq!(relay.behind(), None);
        assert!(relay.reported(3, true), "it starts over");
        assert_eq!(relay.behind(), Some(1));
        publish(&mut relay, 2);
        assert_eq!(relay.cursor_move().map(|cursor| cursor.to), Some(1));
    }

    #[test]
    fn a_new_incarnation_waits_for_the_old_one() {
        let mut relay = relay(0, 0);
        publish(&mut relay, 1);
        assert_eq!(relay.offer(2, 2, true), Offer::Later);
        relay.reported(1, true);
        assert_eq!(relay.offer(2, 2, true), Offer::Publish);
    }

    #[test]
    fn nothing_overtakes_the_first_message_to_a_partition() {
        let mut relay = relay(0, 0);
        publish(&mut relay, 1);
        relay.published(2, 1, true);
        assert_eq!(relay.offer(3, 1, true), Offer::Later);
        relay.reported(2, true);
        assert_eq!(relay.offer(3, 1, true), Offer::Later);
        relay.reported(1, true);
        publish(&mut relay, 3);
        relay.published(4, 1, true);
        relay.reported(3, true);
        relay.reported(4, false);
        publish(&mut relay, 4);
        publish(&mut relay, 5);
    }

    #[test]
    fn what_a_take_over_found_is_read_from_the_table() {
        let mut relay = relay(5, 7);
        assert_eq!(relay.behind(), Some(5));
        assert_eq!(relay.offer(5, 1, true), Offer::Known);
        publish(&mut relay, 6);
        publish(&mut relay, 7);
        assert_eq!(relay.backlog(), 2);
    }
}
