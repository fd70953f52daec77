//! What Kafka's logs say of a history: which messages a service never was to read, and for which saga
//! instances a step has acted. These functions wait for Kafka, so they run on a thread of their own.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaErrorCode;
use tracing::warn;

use crate::kafka::log::Log;
use crate::record::{Record, TopicPartition};
use crate::wire::READERS_HEADER;

/// A message without our headers that is older is from before the service, if it has never read the topic.
const OLD: Duration = Duration::from_secs(3_600);

/// A partition, and where a service reads it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) struct Place {
    pub origin: TopicPartition,
    /// The next offset; negative when it has read nothing.
    pub next: i64,
    /// Whether the service has never read its topic.
    pub new: bool,
    /// What comes before this offset is handled by an operator's decision.
    pub handled: i64,
    /// What the service's group has committed to Kafka, if the service has never read its topic; negative
    /// when that is nothing.
    pub committed: i64,
}

/// Messages of a partition that a service was not to read when they were published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Old {
    pub place: Place,
    /// The first of them.
    pub from: i64,
    /// Where they end at the latest.
    pub end: i64,
    pub why: Why,
}

/// What shows that a message is not for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// It names other readers.
    Says,
    /// It is old, and names no readers.
    Aged,
    /// The service's group has read it: with another database.
    Read,
}

/// A service, and the time in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub service: &'static str,
    pub now_ms: i64,
    /// What the names of topics begin with on the cluster.
    pub prefix: &'static str,
}

impl Reader {
    /// Whether the next message of one of `places` was not for this service when it was published. What
    /// follows is not looked at: versions replace one another, so the first is of the oldest.
    pub(super) fn old(self, log: &Log, places: &[Place]) -> KafkaResult<Vec<Old>> {
        let mut found = Vec::new();
        for place in places {
            let Some((from, end)) = ahead(log, place.origin, place.next)? else { continue };
            if from < place.handled {
                continue;
            }
            // An offset behind the end is of a topic that was deleted and made again.
            if (from + 1..=end).contains(&place.committed) {
                found.push(Old { place: *place, from, end: place.committed, why: Why::Read });
                continue;
            }
            let (mut why, mut is_for) = (Why::Aged, true);
            let looked = log.first(place.origin, from, end, |record, time| {
                if readers(&record, self.prefix).is_some() {
                    why = Why::Says;
                }
                is_for = self.is_for(*place, &record, time);
                true
            });
            readable(place.origin, looked)?;
            if !is_for {
                found.push(Old { place: *place, from, end, why });
            }
        }
        Ok(found)
    }

    /// The first message behind `old` that is for this service, or the end of what may be old.
    pub(super) fn end_of(self, log: &Log, old: &Old) -> KafkaResult<i64> {
        let is_for = |record, time| old.why != Why::Read && self.is_for(old.place, &record, time);
        let first = log.first(old.place.origin, old.from, old.end, is_for);
        Ok(readable(old.place.origin, first)?.flatten().unwrap_or(old.end))
    }

    /// At most how many messages of `places`, which are no longer read, are for this service and unread.
    pub(super) fn unread(self, log: &Log, places: &[Place]) -> KafkaResult<i64> {
        let mut unread = 0;
        for place in places {
            let exists =
                log.partitions(place.origin.topic)?.is_some_and(|count| place.origin.partition < count);
            if !exists {
                continue;
            }
            let Some((from, end)) = ahead(log, place.origin, place.next)? else { continue };
            let first = log.first(place.origin, from, end, |record, time| self.is_for(*place, &record, time));
            unread += readable(place.origin, first)?.flatten().map_or(0, |first| end - first);
        }
        Ok(unread)
    }

    fn is_for(self, place: Place, record: &Record, time_ms: Option<i64>) -> bool {
        match readers(record, self.prefix) {
            Some(readers) => readers.split(' ').any(|name| name == self.service),
            None => !place.new || self.is_young(time_ms),
        }
    }

    fn is_young(self, time_ms: Option<i64>) -> bool {
        let oldest = self.now_ms.saturating_sub(i64::try_from(OLD.as_millis()).unwrap_or(i64::MAX));
        time_ms.is_none_or(|time_ms| time_ms >= oldest)
    }
}

/// The keys of the messages of `place` that were read, except for those at the offsets `but`; `None` when
/// the topic is gone, or may not be read.
pub(super) fn keys(
    log: &Log,
    place: Place,
    but: &BTreeSet<(i32, i64)>,
) -> KafkaResult<Option<BTreeSet<String>>> {
    let Place { origin, next, .. } = place;
    if log.partitions(origin.topic)?.is_none_or(|count| origin.partition >= count) {
        return Ok(None);
    }
    let mut keys = BTreeSet::new();
    let (start, end) = log.bounds(origin.topic, origin.partition)?;
    let read = log.read(origin, start, next.min(end), |record| {
        if !but.contains(&(origin.partition, record.offset))
            && let Ok(key) = std::str::from_utf8(record.key())
            && !key.is_empty()
        {
            keys.insert(key.to_owned());
        }
    });
    readable(origin, read)?;
    Ok(Some(keys))
}

/// What was read of a log; `None` when it holds what no client can read. That is no outage, and does not go
/// away: the service starts, and the partition stops with its reason.
fn readable<T>(origin: TopicPartition, read: KafkaResult<T>) -> KafkaResult<Option<T>> {
    use RDKafkaErrorCode::{BadCompression, BadMessage, InvalidMessage, NotImplemented};
    match read {
        Err(KafkaError::MessageConsumption(
            code @ (BadCompression | BadMessage | InvalidMessage | NotImplemented),
        )) => {
            warn!(%origin, %code, "a log cannot be read, so what it holds from before is not known");
            Ok(None)
        }
        read => read.map(Some),
    }
}

/// From where to where the log holds messages that are read next; none where there is nothing to read.
fn ahead(log: &Log, origin: TopicPartition, next: i64) -> KafkaResult<Option<(i64, i64)>> {
    let (start, end) = log.bounds(origin.topic, origin.partition)?;
    let from = if next < 0 { start } else { next };
    Ok((start..end).contains(&from).then_some((from, end)))
}

/// The services that read a message, as its sender knew them. Only a message with a number says so: the
/// headers of another one may have been copied from a third.
fn readers<'r>(record: &'r Record, prefix: &str) -> Option<&'r str> {
    record.number(prefix)?;
    record.header(READERS_HEADER)
}
