//! Partitions that stopped although nothing is wrong with their messages.

use std::collections::BTreeMap;

use tracing::{error, info};

use crate::kafka::survey::{Log, Survey};
use crate::record::TopicPartition;
use crate::topology::{Change, Topology};

/// Why a partition stays stopped until an operator accepts what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Its topic was recreated or repartitioned.
    Changed(Change),
    /// Messages were deleted before they were handled.
    Deleted { next: i64, start: i64 },
    /// The log ends before what was handled: Kafka has lost messages.
    Lost { next: i64, end: i64 },
    /// Too many messages wait for one before them.
    Crowded { messages: usize, bytes: usize },
    /// Too many keys are parked.
    Overflowing { keys: usize },
}

impl Stop {
    /// Why a partition whose next offset is `next` (`None`: nothing was ever read) must not go on, as
    /// far as is known.
    pub(super) fn of(
        origin: TopicPartition,
        next: Option<i64>,
        survey: &Survey,
        topology: &Topology,
    ) -> Option<Self> {
        if let Some(change) = topology.change(origin.topic) {
            return Some(Stop::Changed(change));
        }
        let (next, Log { start, end }) = (next?, *survey.logs.get(&origin)?);
        if next < start {
            Some(Stop::Deleted { next, start })
        } else if next > end {
            Some(Stop::Lost { next, end })
        } else {
            None
        }
    }

    /// What happened, and which command of `service` accepts it.
    pub(super) fn advice(&self, service: &str, origin: TopicPartition) -> String {
        let TopicPartition { topic, partition } = origin;
        match self {
            Stop::Changed(change) => change.advice(service, topic),
            Stop::Deleted { next, start } => format!(
                "the messages at offsets {next} to {} were deleted from {topic}[{partition}] before they were handled; \
                 they are lost. To resume at {start}: `{service} ops offsets {topic} {partition} --to-start`",
                start - 1
            ),
            Stop::Lost { next, end } => format!(
                "{topic}[{partition}] ends at offset {end}, but everything before {next} has been handled: Kafka has \
                 lost offsets {end} to {}. To resume at {end}: `{service} ops offsets {topic} {partition} --to-end`",
                next - 1
            ),
            Stop::Crowded { messages, bytes } => format!(
                "{messages} messages ({bytes} bytes) of {topic}[{partition}] wait for an earlier one from their source, \
                 and no more are read. To continue without it: `{service} ops accept-gap {topic} {partition}`"
            ),
            Stop::Overflowing { keys } => format!(
                "messages of {keys} keys of {topic}[{partition}] are parked, and no more are read: with so many, the \
                 cause is probably not the messages. Retries continue, and reading resumes once half of them \
                 succeed. To see why they fail: `{service} ops parked --topic {topic}`"
            ),
        }
    }
}

/// The partitions that stopped.
#[derive(Debug, Default)]
pub(super) struct Stops(BTreeMap<TopicPartition, Stop>);

impl Stops {
    /// Records whether `origin` is stopped, and logs a change.
    pub(super) fn set(&mut self, service: &str, origin: TopicPartition, stop: Option<Stop>) {
        match (self.0.get(&origin), stop) {
            (known, Some(stop)) if known != Some(&stop) => {
                error!(service, %origin,
                    "partition STOPPED: {}. Nothing is skipped automatically", stop.advice(service, origin));
                self.0.insert(origin, stop);
            }
            (Some(_), None) => {
                info!(service, %origin, "partition resumed");
                self.0.remove(&origin);
            }
            _ => {}
        }
    }

    /// Whether it stopped.
    pub(super) fn contains(&self, origin: TopicPartition) -> bool {
        self.0.contains_key(&origin)
    }

    /// Those that stopped because of their topic.
    pub(super) fn changed(&self) -> impl Iterator<Item = TopicPartition> {
        self.0.iter().filter(|(_, stop)| matches!(stop, Stop::Changed(_))).map(|(origin, _)| *origin)
    }

    /// Forgets partitions that another instance has now.
    pub(super) fn forget(&mut self, origins: &[TopicPartition]) {
        self.0.retain(|origin, _| !origins.contains(origin));
    }

    /// Each with what to do about it.
    pub(super) fn advice(&self, service: &str) -> impl Iterator<Item = (String, String)> {
        self.0.iter().map(move |(origin, stop)| (origin.to_string(), stop.advice(service, *origin)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: TopicPartition = TopicPartition { topic: "t", partition: 0 };

    #[test]
    fn an_offset_outside_of_the_log_stops_its_partition() {
        let topology = Topology::new("s", &["t"], &[]);
        let survey =
            |start, end| Survey { logs: BTreeMap::from([(ORIGIN, Log { start, end })]), ..Survey::default() };
        let of = |next, survey: &Survey| Stop::of(ORIGIN, next, survey, &topology);
        for next in [5, 7, 9] {
            assert_eq!(of(Some(next), &survey(5, 9)), None);
        }
        assert_eq!(of(Some(4), &survey(5, 9)), Some(Stop::Deleted { next: 4, start: 5 }));
        assert_eq!(of(Some(10), &survey(5, 9)), Some(Stop::Lost { next: 10, end: 9 }));
        assert_eq!(of(None, &survey(5, 9)), None, "a log may begin anywhere on the first read");
        assert_eq!(of(Some(4), &Survey::default()), None, "an outage says nothing");
    }

    #[test]
    fn an_alarm_says_what_is_lost_and_what_to_do() {
        let deleted = Stop::Deleted { next: 4, start: 9 }.advice("order", ORIGIN);
        assert!(deleted.contains("offsets 4 to 8") && deleted.contains("order ops offsets t 0 --to-start"));
        let lost = Stop::Lost { next: 10, end: 7 }.advice("order", ORIGIN);
        assert!(lost.contains("offsets 7 to 9") && lost.contains("order ops offsets t 0 --to-end"));
    }
}
