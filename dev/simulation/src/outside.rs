//! External producers: what they publish, and bytes that cannot be decoded.

use std::any::Any;

use saga_runtime::record::TopicPartition;
use serde_json::Value;

use super::broker::Logged;
use super::rng::Rng;
use super::sim::Sim;
use super::world::World;

/// What an external producer may do to a world.
pub struct Outside<'s> {
    sim: &'s mut Sim,
}

impl Outside<'_> {
    /// Chance.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.sim.rng
    }

    /// Counts a kind of message. Returns how many there were before.
    pub fn count(&mut self, what: &'static str) -> u64 {
        let before = self.sim.tally.get(what).copied().unwrap_or_default();
        self.sim.count(what);
        before
    }

    /// Any partition of a topic: other clients may map a key to another one than services do.
    pub fn some_partition(&mut self, topic: &'static str) -> TopicPartition {
        self.sim.some_partition(topic)
    }

    /// Some instance that a message on a topic is about, if there is one.
    pub fn some_instance(&mut self, topic: &str) -> Option<String> {
        let logs = self.sim.broker.logs.iter().filter(|(at, _)| at.topic == topic);
        let messages = logs.flat_map(|(_, log)| log.iter().flatten());
        let bodies = messages.filter_map(|message| serde_json::from_slice(&message.value).ok());
        let known: Vec<_> = bodies.filter_map(|body| self.sim.saga.plan.correlation(topic, &body)).collect();
        self.sim.rng.one_of(&known).cloned()
    }

    /// Publishes a message under a key. Returns its offset.
    pub fn publish(&mut self, to: TopicPartition, key: &str, headers: &[(&str, &str)], body: &Value) -> i64 {
        let sim = &mut *self.sim;
        let offset = sim.broker.logs[&to].len() as i64;
        sim.note(|| format!("an external {body} on {to}@{offset}"));
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers = headers.iter().map(own).collect();
        let (key, value) = (key.as_bytes().to_vec(), body.to_string().into_bytes());
        sim.broker.append(to, Some(Logged { key, headers, value }));
        offset
    }

    /// Publishes what no service can read, such as a value of a version that it does not know.
    pub fn publish_unreadable(&mut self, to: TopicPartition, key: &str, body: &Value) {
        self.sim.garbage.insert(body.to_string().into_bytes());
        self.publish(to, key, &[], body);
    }

    /// What the team remembers of this world.
    pub fn memory<M: Any + Default + Send>(&mut self) -> &mut M {
        if !self.sim.memory.is::<M>() {
            self.sim.memory = Box::new(M::default());
        }
        self.sim.memory.downcast_mut().expect("it was made above")
    }
}

impl World {
    /// An external producer publishes what looks like a message of the saga.
    pub(super) fn publish(&mut self) {
        let mut sim = self.sim.get();
        self.saga.team.publish(&mut Outside { sim: &mut sim });
    }

    /// An external producer publishes bytes that cannot be decoded, perhaps under the key of an instance.
    pub(super) fn garbage(&mut self) {
        let mut sim = self.sim.get();
        let topics: Vec<&'static str> =
            self.saga.services.iter().flat_map(|service| service.consumes()).copied().collect();
        let Some(topic) = sim.rng.one_of(&topics).copied() else { return };
        let to = sim.some_partition(topic);
        let number = sim.garbage.len();
        let some = sim.some_key();
        let value = match sim.rng.below(3) {
            0 => format!("garbage {number}"),
            1 => format!("{{\"number\":{number}}}"),
            _ => format!("{{\"number\":{number},\"text\":\"\\u0000\"}}"),
        };
        let key = if sim.rng.happens(700) { some } else { String::new() };
        sim.fault("garbage", || format!("{value} under {key:?} on {to}"));
        sim.garbage.insert(value.clone().into_bytes());
        sim.broker.append(
            to,
            Some(Logged { key: key.into_bytes(), headers: Vec::new(), value: value.into_bytes() }),
        );
    }
}

impl Sim {
    fn some_partition(&mut self, topic: &'static str) -> TopicPartition {
        let partitions = self.broker.partitions as usize;
        TopicPartition { topic, partition: self.rng.below(partitions) as i32 }
    }

    /// The key of some message on any topic.
    pub(crate) fn some_key(&mut self) -> String {
        let logs = self.broker.logs.values().flatten().flatten();
        let keys: Vec<String> =
            logs.map(|message| String::from_utf8_lossy(&message.key).into_owned()).collect();
        self.rng.one_of(&keys).cloned().unwrap_or_else(|| "1".to_owned())
    }
}
