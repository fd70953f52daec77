//! The part of Kafka's consumer: hands records of the topics to one driver.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::kafka::consumer::{ConsumerHandle, FromConsumer, ToConsumer};
use saga_runtime::record::{Record, TopicPartition};
use tokio::sync::mpsc;

use super::broker::{Broker, Logged};

/// One instance's consumer.
pub(crate) struct Consumer {
    events: mpsc::UnboundedSender<FromConsumer>,
    commands: std::sync::mpsc::Receiver<ToConsumer>,
    /// The next offset of each partition it reads; negative before the first message.
    positions: BTreeMap<TopicPartition, i64>,
    /// What the group has given it, as far as it has heard.
    ours: BTreeSet<TopicPartition>,
    /// The driver has left the group: what is assigned meanwhile waits for its return.
    absent: bool,
}

impl Consumer {
    /// A consumer without partitions, and the driver's end of it.
    pub(crate) fn new() -> (Self, ConsumerHandle) {
        let (events, heard) = mpsc::unbounded_channel();
        let (orders, commands) = std::sync::mpsc::channel();
        let consumer =
            Self { events, commands, positions: BTreeMap::new(), ours: BTreeSet::new(), absent: false };
        (consumer, ConsumerHandle::played(heard, orders))
    }

    /// Partitions are its own from now on; it reads them when told where to start.
    pub(crate) fn assign(&mut self, partitions: Vec<TopicPartition>) {
        self.ours.extend(&partitions);
        if !self.absent {
            let _ = self.events.send(FromConsumer::Assigned(partitions));
        }
    }

    /// A partition is not its own any more.
    pub(crate) fn revoke(&mut self, partition: TopicPartition) {
        self.ours.remove(&partition);
        self.positions.remove(&partition);
        let _ = self.events.send(FromConsumer::Revoked(vec![partition]));
    }

    /// Does what the driver has told it.
    pub(crate) fn obey(&mut self) {
        while let Ok(command) = self.commands.try_recv() {
            match command {
                ToConsumer::Start(starts) => {
                    // What was revoked meanwhile is for another instance to read.
                    let ours = starts.into_iter().filter(|(origin, _)| self.ours.contains(origin));
                    self.positions.extend(ours.map(|(origin, start)| (origin, start.unwrap_or(-1))));
                }
                ToConsumer::Leave => {
                    self.absent = true;
                    self.positions.clear();
                    let ours = self.ours.iter().copied().collect();
                    let _ = self.events.send(FromConsumer::Revoked(ours));
                }
                ToConsumer::Join => {
                    self.absent = false;
                    let ours = self.ours.iter().copied().collect();
                    let _ = self.events.send(FromConsumer::Assigned(ours));
                }
                ToConsumer::Halt(_) | ToConsumer::Commit(_) | ToConsumer::Stop => {}
            }
        }
    }

    /// The partitions it reads in which there is more.
    pub(crate) fn behind(&self, broker: &Broker) -> Vec<TopicPartition> {
        let is_behind = |(origin, next): &(&TopicPartition, &i64)| {
            let log = &broker.logs[*origin];
            let next = usize::try_from(**next).unwrap_or(0).min(log.len());
            log[next..].iter().any(Option::is_some)
        };
        self.positions.iter().filter(is_behind).map(|(origin, _)| *origin).collect()
    }

    /// Hands over at most `most` records of a partition. Returns how many.
    pub(crate) fn deliver(&mut self, broker: &Broker, origin: TopicPartition, most: usize) -> usize {
        let Some(position) = self.positions.get_mut(&origin) else { return 0 };
        let start = usize::try_from(*position).unwrap_or(0);
        let mut records = Vec::new();
        for (offset, logged) in broker.logs[&origin].iter().enumerate().skip(start) {
            if records.len() == most {
                break;
            }
            let Some(logged) = logged else { continue };
            let record = record(origin, offset as i64, logged);
            let from = std::mem::replace(position, record.offset + 1);
            records.push((from, record));
        }
        let count = records.len();
        if count > 0 {
            let _ = self.events.send(FromConsumer::Records(records));
        }
        count
    }
}

fn record(origin: TopicPartition, offset: i64, logged: &Logged) -> Record {
    let headers = logged.headers.iter().map(|(name, value)| (name.as_bytes(), Some(value.as_bytes())));
    Record::new(origin, offset, Some(&logged.key), Some(&logged.value), headers)
}
