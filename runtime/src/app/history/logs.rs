//! What Kafka's logs say of a history: which messages a service never was to read, and for which saga
//! instances a step has acted. These functions wait for Kafka, so they run on a thread of their own.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::Message as _;
use rdkafka::error::KafkaResult;
use rdkafka::message::{BorrowedMessage, Headers as _};

use crate::kafka::log::Log;
use crate::record::TopicPartition;
use crate::wire::READERS_HEADER;

/// A message without our headers that is older is from before the service, if it has never read the topic.
const OLD: Duration = Duration::from_secs(3_600);

/// A partition, and where a service reads it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub origin: TopicPartition,
    /// The next offset; negative when it has read nothing.
    pub next: i64,
    /// Whether the service has never read its topic.
    pub new: bool,
    /// What comes before this offset is handled by an operator's decision.
    pub handled: i64,
}

/// Messages of a partition that a service was not to read when they were published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Old {
    pub place: Place,
    /// The first of them.
    pub from: i64,
    /// The end of the log.
    pub end: i64,
    /// Whether the first of them says so itself; it is only old otherwise.
    pub says: bool,
}

/// A service, and the time in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub service: &'static str,
    pub now_ms: i64,
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
            let (mut says, mut is_for) = (false, false);
            let first = log.first(place.origin, from, end, |message| {
                (says, is_for) = (readers(message).is_some(), self.is_for(message, place.new));
                true
            })?;
            if first.is_some() && !is_for {
                found.push(Old { place: *place, from, end, says });
            }
        }
        Ok(found)
    }

    /// The first message behind `old` that is for this service, or the end of the log.
    pub(super) fn end_of(self, log: &Log, old: &Old) -> KafkaResult<i64> {
        let is_for = |message: &BorrowedMessage<'_>| self.is_for(message, old.place.new);
        Ok(log.first(old.place.origin, old.from, old.end, is_for)?.unwrap_or(old.end))
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
            let first = log.first(place.origin, from, end, |message| self.is_for(message, false))?;
            unread += first.map_or(0, |first| end - first);
        }
        Ok(unread)
    }

    fn is_for(self, message: &BorrowedMessage<'_>, new: bool) -> bool {
        match readers(message) {
            Some(readers) => readers.split(|byte| *byte == b' ').any(|name| name == self.service.as_bytes()),
            None => !new || self.is_young(message.timestamp().to_millis()),
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
    log.read(origin, start, next.min(end), |record| {
        if !but.contains(&(origin.partition, record.offset))
            && let Ok(key) = std::str::from_utf8(record.key())
            && !key.is_empty()
        {
            keys.insert(key.to_owned());
        }
    })?;
    Ok(Some(keys))
}

/// From where to where the log holds messages that are read next; none where there is nothing to read.
fn ahead(log: &Log, origin: TopicPartition, next: i64) -> KafkaResult<Option<(i64, i64)>> {
    let (start, end) = log.bounds(origin.topic, origin.partition)?;
    let from = if next < 0 { start } else { next };
    Ok((start..end).contains(&from).then_some((from, end)))
}

/// The services that read a message, as its sender knew them.
fn readers<'m>(message: &'m BorrowedMessage<'_>) -> Option<&'m [u8]> {
    let headers = message.headers()?;
    let header = headers.iter().find(|header| header.key == READERS_HEADER)?;
    Some(header.value.unwrap_or_default())
}
