//! Partitions in which there is more, and from which nothing comes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::statistics::Partition;

use crate::record::TopicPartition;

/// For how long nothing may come of a partition that has more.
const PATIENCE: Duration = Duration::from_secs(30);

/// How far a partition goes, and how far it is fetched, as librdkafka reports it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    origin: TopicPartition,
    /// The next offset to fetch.
    fetch: i64,
    /// How many messages are fetched, and not handed over.
    waiting: i64,
    /// The end of what a reader of committed messages may see.
    stable: i64,
    /// The end.
    end: i64,
}

impl Progress {
    pub(super) fn of(origin: TopicPartition, partition: &Partition) -> Self {
        Self {
            origin,
            fetch: partition.next_offset,
            waiting: partition.fetchq_cnt,
            stable: partition.ls_offset,
            end: partition.hi_offset,
        }
    }

    pub(super) fn origin(&self) -> TopicPartition {
        self.origin
    }

    fn is_behind(&self) -> bool {
        self.fetch >= 0 && self.fetch < self.end && self.waiting == 0
    }

    /// Why nothing more comes; `error` is the last one that the client has reported.
    fn reason(&self, error: Option<&str>) -> String {
        let Self { origin: TopicPartition { topic, partition }, fetch, stable, end, .. } = self;
        let place = format!(
            "{topic}[{partition}] has messages up to offset {end}, but nothing after {fetch} arrives"
        );
        if (0..=*fetch).contains(stable) {
            return format!(
                "{place}: a producer holds a transaction open at offset {stable}. Reading resumes when it ends; \
                 `kafka-transactions.sh find-hanging` names it"
            );
        }
        match error {
            Some(error) => format!("{place}: {error}"),
            None => format!("{place}, and the client reports no error"),
        }
    }
}

/// Since when partitions stand still.
#[derive(Debug, Default)]
pub(super) struct Stalls {
    /// The offset at which each stands, and since when.
    standing: BTreeMap<TopicPartition, (i64, Instant)>,
}

impl Stalls {
    /// Compares with the last look. Returns those partitions that stand still although there is more.
    pub(super) fn look(
        &mut self,
        progress: &[Progress],
        error: Option<&str>,
        now: Instant,
    ) -> BTreeMap<TopicPartition, String> {
        let mut stalled = BTreeMap::new();
        let mut standing = BTreeMap::new();
        for partition in progress.iter().filter(|partition| partition.is_behind()) {
            let before = self.standing.get(&partition.origin).filter(|(at, _)| *at == partition.fetch);
            let since = before.map_or(now, |(_, since)| *since);
            standing.insert(partition.origin, (partition.fetch, since));
            if now.duration_since(since) >= PATIENCE {
                stalled.insert(partition.origin, partition.reason(error));
            }
        }
        self.standing = standing;
        stalled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: TopicPartition = TopicPartition { topic: "t", partition: 0 };

    fn at(fetch: i64, end: i64) -> Progress {
        Progress { origin: ORIGIN, fetch, waiting: 0, stable: end, end }
    }

    /// What is said of a partition that is seen like this every five seconds for a minute.
    fn said(seen: impl Fn(i64) -> Progress, error: Option<&str>) -> Option<String> {
        let (mut stalls, began) = (Stalls::default(), Instant::now());
        let looks = (0..12).map(|look: i64| {
            let now = began + Duration::from_secs(look.unsigned_abs() * 5);
            stalls.look(&[seen(look)], error, now).remove(&ORIGIN)
        });
        looks.last().flatten()
    }

    #[test]
    fn a_partition_that_has_more_and_stands_still_is_reported_with_its_reason() {
        let reason = said(|_| at(5, 9), Some("CRC check failed")).expect("it stands still");
        assert!(
            reason.contains("t[0]") && reason.contains("nothing after 5") && reason.contains("CRC"),
            "{reason}"
        );
        assert!(said(|_| at(5, 9), None).is_some_and(|reason| reason.contains("no error")));
        let open = said(|_| Progress { stable: 5, ..at(5, 9) }, None).expect("it stands still");
        assert!(open.contains("transaction open at offset 5"), "{open}");
    }

    #[test]
    fn one_that_moves_or_has_nothing_more_or_waits_for_the_lane_is_not() {
        assert_eq!(said(|look| at(look, 90), None), None, "it moves");
        assert_eq!(said(|_| at(9, 9), None), None, "there is nothing more");
        assert_eq!(said(|_| at(5, -1), None), None, "nothing is known");
        assert_eq!(said(|_| Progress { waiting: 3, ..at(5, 9) }, None), None, "the lane is busy");
    }

    #[test]
    fn a_short_stand_is_none() {
        let (mut stalls, now) = (Stalls::default(), Instant::now());
        assert!(stalls.look(&[at(5, 9)], None, now).is_empty());
        assert!(stalls.look(&[at(5, 9)], None, now + Duration::from_secs(29)).is_empty());
        assert_eq!(stalls.look(&[at(5, 9)], None, now + PATIENCE).len(), 1);
        assert!(stalls.look(&[at(6, 9)], None, now + PATIENCE).is_empty(), "it has moved");
    }
}
