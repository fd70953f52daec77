//! Since when the messages of a shard have waited for Kafka.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use crate::store::Outbox;
use crate::wire::OutgoingHeaders;

/// Messages committed within so long of each other count as one.
const GRAIN: Duration = Duration::from_millis(100);

/// When the messages were committed that are not acknowledged yet, in coarse steps.
#[derive(Debug, Default)]
pub(super) struct Ages {
    /// Up to which number, and when the first of them was committed.
    marks: VecDeque<(i64, SystemTime)>,
}

impl Ages {
    /// The messages up to `seq` are committed, since `at` or before.
    pub(super) fn committed(&mut self, seq: i64, at: SystemTime) {
        match self.marks.back_mut() {
            Some((last, _)) if seq <= *last => {}
            Some((last, since)) if at.duration_since(*since).is_ok_and(|passed| passed < GRAIN) => {
                *last = seq
            }
            _ => self.marks.push_back((seq, at)),
        }
    }

    /// The messages up to `seq` are acknowledged.
    pub(super) fn acknowledged(&mut self, seq: i64) {
        while self.marks.front().is_some_and(|(last, _)| *last <= seq) {
            self.marks.pop_front();
        }
    }

    /// The table says when the oldest message was decided. The owner that committed it may
    /// have been another one, so this is not known from memory.
    pub(super) fn found(&mut self, page: &Outbox) {
        let Some(decided) = first_decided(page) else { return };
        if let Some((_, since)) = self.marks.front_mut() {
            *since = decided.min(*since);
        }
    }

    /// Since when the oldest message has waited.
    pub(super) fn oldest(&self) -> Option<SystemTime> {
        self.marks.front().map(|(_, since)| *since)
    }
}

fn first_decided(page: &Outbox) -> Option<SystemTime> {
    let headers = OutgoingHeaders::read(&page.bytes[page.rows.first()?.headers.clone()])?;
    headers.text("ce_time")?.parse::<Timestamp>().ok().and_then(|time| SystemTime::try_from(time).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
    }

    #[test]
    fn the_oldest_is_the_first_that_is_not_acknowledged() {
        let mut ages = Ages::default();
        assert_eq!(ages.oldest(), None);
        ages.committed(3, at(1_000));
        ages.committed(5, at(2_000));
        assert_eq!(ages.oldest(), Some(at(1_000)));
        ages.acknowledged(2);
        assert_eq!(ages.oldest(), Some(at(1_000)));
        ages.acknowledged(3);
        assert_eq!(ages.oldest(), Some(at(2_000)));
        ages.acknowledged(5);
        assert_eq!(ages.oldest(), None);
    }

    #[test]
    fn memory_does_not_grow_with_every_message() {
        let mut ages = Ages::default();
        (1..=1_000).for_each(|seq| ages.committed(seq, at(seq as u64)));
        assert_eq!(ages.marks.len(), 10);
    }

    #[test]
    fn what_is_read_from_the_table_knows_when_it_was_decided() {
        let text = br#"[["ce_type","order.OrderCreated"],["ce_time","2026-01-02T03:04:05Z"]]"#;
        let mut page = Outbox { bytes: text.to_vec(), ..Outbox::default() };
        page.rows.push(crate::store::OutboxRow {
            shard: crate::store::ShardId(1),
            seq: 1,
            topic: "t".into(),
            partition: 0,
            incarnation: 1,
            dseq: 1,
            key: 0..0,
            headers: 0..text.len(),
            value: 0..0,
        });
        let mut ages = Ages::default();
        ages.committed(7, SystemTime::now());
        ages.found(&page);
        assert_eq!(ages.oldest(), Some(at(1_767_323_045_000)));
    }
}
