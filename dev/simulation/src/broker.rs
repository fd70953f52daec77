//! Topics in memory, and producers whose messages are on their way to them.

use std::collections::{BTreeMap, VecDeque};

use saga_runtime::record::TopicPartition;
use saga_runtime::relay::{Cause, Delivery, Full, Publish, Report};
use saga_runtime::store::OutboxRow;
use saga_runtime::wire::OutgoingHeaders;
use tokio::sync::mpsc::UnboundedSender;

use super::sim::Shared;

/// A message on a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Logged {
    /// Key.
    pub key: Vec<u8>,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub value: Vec<u8>,
}

impl Logged {
    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A word for it in the journal.
    pub(crate) fn name(&self) -> String {
        match self.header("saga-seq") {
            Some(number) => number.to_owned(),
            None => format!("an external producer's {}", String::from_utf8_lossy(&self.value)),
        }
    }
}

/// A partition's messages; where there is none, the offset is a transaction's marker.
pub(crate) type Log = Vec<Option<Logged>>;

/// All topics, and what is on its way to them.
pub(crate) struct Broker {
    /// How many partitions each topic has.
    pub partitions: i32,
    /// The messages.
    pub logs: BTreeMap<TopicPartition, Log>,
    /// The producers, also those whose process is gone.
    pub producers: BTreeMap<u32, Producer>,
}

/// A producer and what it has been given.
pub(crate) struct Producer {
    /// Its name in the journal.
    pub name: String,
    /// Messages without a report, oldest first.
    pub flights: VecDeque<Flight>,
    /// Where reports go; nowhere once the process is gone.
    pub reports: Option<UnboundedSender<Report>>,
    /// How many messages it refuses to take.
    pub full: u64,
}

/// A message that a producer was given.
pub(crate) struct Flight {
    id: u64,
    /// Where it goes.
    pub to: TopicPartition,
    message: Logged,
    /// It is on the topic, and its report is on the way.
    pub landed: bool,
}

impl Broker {
    /// Empty topics.
    pub(crate) fn new(topics: &[&'static str], partitions: i32) -> Self {
        let places = topics
            .iter()
            .flat_map(|topic| (0..partitions).map(move |partition| TopicPartition { topic, partition }));
        let logs = places.map(|place| (place, Log::new())).collect();
        Self { partitions, logs, producers: BTreeMap::new() }
    }

    /// Writes a message; a marker, if there is none.
    pub(crate) fn append(&mut self, to: TopicPartition, message: Option<Logged>) {
        self.logs.get_mut(&to).unwrap().push(message);
    }

    /// Whether anything is on its way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.producers.values().all(|producer| producer.flights.is_empty())
    }

    /// Lands flights `which`, which may change the order; each as often as `times` says. Returns
    /// what landed.
    pub(crate) fn land(&mut self, producer: u32, which: &[usize], times: usize) -> Vec<String> {
        let mut landed = Vec::new();
        for _ in 0..times {
            for at in which {
                let Some(flight) = self.producers.get(&producer).and_then(|from| from.flights.get(*at))
                else {
                    continue;
                };
                let (to, message) = (flight.to, flight.message.clone());
                landed.push(message.name());
                self.append(to, Some(message));
                self.producers.get_mut(&producer).unwrap().flights[*at].landed = true;
            }
        }
        landed
    }

    /// Removes flights `which` and reports them; delivered when `delivered` says so, or as it is.
    pub(crate) fn report(&mut self, producer: u32, which: &[usize], delivered: Option<bool>) {
        let Some(from) = self.producers.get_mut(&producer) else { return };
        let mut removed: Vec<usize> = which.to_vec();
        removed.sort_unstable();
        for at in removed.into_iter().rev() {
            let Some(flight) = from.flights.remove(at) else { continue };
            if let Some(reports) = &from.reports {
                let delivery = match delivered.unwrap_or(flight.landed) {
                    true => Delivery::Delivered,
                    false => Delivery::Failed(Cause::default()),
                };
                // The relay may be ending.
                let _ = reports.send(Report { id: flight.id, delivery });
            }
        }
    }
}

/// The runtime's end of a producer.
pub(crate) struct Wire {
    sim: Shared,
    producer: u32,
}

impl Wire {
    /// A new producer, whose reports go to `reports`.
    pub(crate) fn new(sim: Shared, name: String, reports: UnboundedSender<Report>) -> Self {
        let mut guard = sim.get();
        let producers = &mut guard.broker.producers;
        let producer = producers.last_key_value().map_or(0, |(last, _)| last + 1);
        producers
            .insert(producer, Producer { name, flights: VecDeque::new(), reports: Some(reports), full: 0 });
        drop(guard);
        Self { sim, producer }
    }
}

impl Publish for Wire {
    fn publish(&mut self, id: u64, row: &OutboxRow, bytes: &[u8]) -> Result<(), Full> {
        let mut sim = self.sim.get();
        let full = sim.rates.full;
        let full = if sim.rng.happens(full) { sim.rng.between(1, 5) } else { 0 };
        let topic = sim.saga.topic(&row.topic);
        let producer = sim.broker.producers.get_mut(&self.producer).unwrap();
        producer.full += full;
        if producer.full > 0 {
            producer.full -= 1;
            let name = producer.name.clone();
            sim.fault("producer full", || name);
            return Err(Full);
        }
        let message = Logged {
            key: bytes[row.key.clone()].to_vec(),
            headers: headers(&bytes[row.headers.clone()]),
            value: bytes[row.value.clone()].to_vec(),
        };
        let to = TopicPartition { topic, partition: row.partition };
        producer.flights.push_back(Flight { id, to, message, landed: false });
        Ok(())
    }
}

/// The headers of a message that is sent; in these worlds they are text.
fn headers(kept: &[u8]) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let sent = OutgoingHeaders::read(kept).unwrap();
    let headers = sent.headers.iter();
    headers
        .map(|(name, value)| (text(&name.0), value.as_ref().map(|value| text(&value.0)).unwrap_or_default()))
        .collect()
}

impl Drop for Wire {
    /// The process is gone. What it had sent may still arrive.
    fn drop(&mut self) {
        if let Some(producer) = self.sim.get().broker.producers.get_mut(&self.producer) {
            producer.reports = None;
        }
    }
}
