//! Whether topics are as the service first saw them.
//!
//! The tables pin each topic's id and number of partitions. When Kafka says something else, the topic
//! was deleted and made again, or keys have changed their partition: what is read from it and sent to
//! it stops, until an operator accepts the change in the tables.

mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tracing::{error, info, warn};
use uuid::Uuid;

use crate::protocol::numbering::{Limits, PartitionCounts};
use crate::store::PinnedTopic;

pub use settings::TopicSettings;
use settings::command;

/// For how long Kafka must have had no topic of a name before it counts as deleted.
const GONE: Duration = Duration::from_secs(10);

/// What a service knows of its topics; shared by all its tasks.
#[derive(Debug)]
pub struct Topology {
    service: &'static str,
    /// What the names of topics begin with on the cluster.
    prefix: &'static str,
    state: Mutex<State>,
    /// Whether any topic has changed: checked before each publication.
    changed: AtomicBool,
    changes: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    /// As the tables have them.
    pinned: BTreeMap<&'static str, PinnedTopic>,
    /// As Kafka described them last.
    found: BTreeMap<&'static str, PinnedTopic>,
    /// What Kafka has said to have no topic of that name, and since when it says so.
    missing: BTreeMap<&'static str, Instant>,
    /// Those of them that have been missing for too long.
    gone: BTreeSet<&'static str>,
    changed: BTreeMap<&'static str, Change>,
    partitions: Arc<PartitionCounts>,
    /// As Kafka described them last.
    settings: BTreeMap<&'static str, TopicSettings>,
    limits: Arc<Limits>,
    /// What was said of the settings.
    said: BTreeSet<(&'static str, String)>,
}

/// How a topic differs from what is pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was deleted and created again.
    Recreated {
        /// Its id in the tables.
        pinned: Uuid,
        /// Its id now.
        found: Uuid,
    },
    /// It has another number of partitions.
    Repartitioned {
        /// How many it had.
        pinned: i32,
        /// How many it has.
        found: i32,
    },
    /// It was deleted.
    Missing {
        /// What its name begins with on the cluster.
        prefix: &'static str,
        /// How many partitions it had.
        partitions: i32,
    },
    /// Kafka deletes older messages of a key although they may be unread.
    Compacted {
        /// What its name begins with on the cluster.
        prefix: &'static str,
    },
}

impl Change {
    fn between(pinned: &PinnedTopic, found: &PinnedTopic) -> Option<Self> {
        match (pinned.id, found.id) {
            (Some(pinned), Some(found)) if pinned != found => Some(Self::Recreated { pinned, found }),
            _ if pinned.partitions != found.partitions => {
                Some(Self::Repartitioned { pinned: pinned.partitions, found: found.partitions })
            }
            _ => None,
        }
    }

    /// What has happened, and which command of `service` accepts it.
    pub fn advice(&self, service: &str, topic: &str) -> String {
        match self {
            Change::Recreated { pinned, found } => format!(
                "topic {topic} was deleted and recreated (its id was {pinned} and is now {found}): messages that were not \
                 handled yet are lost. To accept: `{service} ops offsets {topic} --accept-new-topic`"
            ),
            Change::Repartitioned { pinned, found } => format!(
                "topic {topic} has {found} partitions instead of {pinned}: keys would move to other partitions, and their \
                 messages could get out of order. To accept: `{service} ops repartition {topic}`"
            ),
            Change::Missing { prefix, partitions } => format!(
                "Kafka has no topic {topic} any more: messages that were not handled yet are lost. To create it: \
                 `kafka-topics.sh --bootstrap-server BROKER --create --topic {prefix}{topic} --partitions {partitions}`. \
                 The command that accepts the new topic is named here once Kafka has it"
            ),
            Change::Compacted { prefix } => format!(
                "topic {topic} has a cleanup.policy with compact: Kafka deletes messages before they are read, and \
                 receivers wait for them. {}",
                command(&format!("{prefix}{topic}"), "cleanup.policy=delete")
            ),
        }
    }
}

impl Topology {
    /// Knows of the topics `names` what the tables say.
    pub fn new(service: &'static str, names: &[&'static str], pinned: &[PinnedTopic]) -> Self {
        let state = State {
            pinned: names
                .iter()
                .map(|name| (*name, PinnedTopic { topic: (*name).to_owned(), partitions: 1, id: None }))
                .collect(),
            found: BTreeMap::new(),
            missing: BTreeMap::new(),
            gone: BTreeSet::new(),
            changed: BTreeMap::new(),
            partitions: Arc::default(),
            settings: BTreeMap::new(),
            limits: Arc::default(),
            said: BTreeSet::new(),
        };
        let topology = Self {
            service,
            prefix: "",
            state: Mutex::new(state),
            changed: AtomicBool::new(false),
            changes: watch::channel(()).0,
        };
        topology.pin(pinned);
        topology
    }

    /// The same, on a cluster where the names of topics begin with `prefix`.
    pub fn with_prefix(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// What the names of topics begin with on the cluster.
    pub fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// The tables say so, as of now.
    pub fn pin(&self, topics: &[PinnedTopic]) {
        let mut state = self.state();
        for topic in topics {
            if let Some(pinned) = state.pinned.get_mut(topic.topic.as_str()) {
                pinned.clone_from(topic);
            }
        }
        let counts = state.pinned.iter().map(|(name, topic)| (*name, topic.partitions));
        state.partitions = Arc::new(counts.collect());
        self.compare(&mut state);
    }

    /// Kafka says so, as of now. Topics it says nothing of may be unreachable.
    pub fn find(&self, topics: &[PinnedTopic]) {
        let mut state = self.state();
        for topic in topics {
            let name = state.pinned.get_key_value(topic.topic.as_str()).map(|(name, _)| *name);
            if let Some(name) = name {
                state.found.insert(name, topic.clone());
            }
        }
        self.compare(&mut state);
    }

    /// Kafka says that it has no topics of these names, as of `now`. A broker that has just started says so
    /// of topics that it has not heard of yet, so a topic is gone once that lasts.
    pub fn miss(&self, topics: &[String], now: Instant) {
        let mut state = self.state();
        let is_missing = |name: &&&'static str| topics.iter().any(|topic| topic == **name);
        let missing: Vec<_> = state.pinned.keys().filter(is_missing).copied().collect();
        let since = |name| (name, state.missing.get(name).copied().unwrap_or(now));
        state.missing = missing.into_iter().map(since).collect();
        let lasts = |(_, since): &(&&'static str, &Instant)| now.duration_since(**since) >= GONE;
        state.gone = state.missing.iter().filter(lasts).map(|(name, _)| *name).collect();
        self.compare(&mut state);
    }

    /// The topics have these settings, as of now. What weakens a guarantee is logged, once.
    pub fn describe(&self, settings: Vec<(String, TopicSettings)>) {
        let mut state = self.state();
        for (topic, settings) in settings {
            let name = state.pinned.get_key_value(topic.as_str()).map(|(name, _)| *name);
            let Some(name) = name else { continue };
            for weakness in settings.weaknesses(&format!("{}{name}", self.prefix)) {
                if state.said.insert((name, weakness.clone())) {
                    warn!(service = self.service, "topic {name}: {weakness}");
                }
            }
            state.settings.insert(name, settings);
        }
        let limits = state.settings.iter().filter_map(|(name, it)| Some((*name, it.max_message_bytes?)));
        state.limits = Arc::new(limits.collect());
        self.compare(&mut state);
    }

    /// The size of the largest message that each topic takes, as far as is known.
    pub fn limits(&self) -> Arc<Limits> {
        Arc::clone(&self.state().limits)
    }

    /// The size of the largest message that a topic takes, if it is known.
    pub fn limit(&self, topic: &str) -> Option<usize> {
        self.state().limits.get(topic).copied()
    }

    /// The smallest of these sizes.
    pub fn least_limit(&self) -> Option<usize> {
        self.state().limits.values().copied().min()
    }

    fn compare(&self, state: &mut State) {
        let compacts = |name| state.settings.get(name).is_some_and(TopicSettings::compacts);
        let differs = |(name, pinned): (&&'static str, &PinnedTopic)| {
            if state.gone.contains(name) {
                let Self { prefix, .. } = self;
                return Some((*name, Change::Missing { prefix, partitions: pinned.partitions }));
            }
            let found = state.found.get(name).and_then(|found| Change::between(pinned, found));
            Some((
                *name,
                found.or_else(|| compacts(*name).then_some(Change::Compacted { prefix: self.prefix }))?,
            ))
        };
        let changed: BTreeMap<_, _> = state.pinned.iter().filter_map(differs).collect();
        if changed == state.changed {
            return;
        }
        for (topic, change) in
            changed.iter().filter(|(topic, change)| state.changed.get(*topic) != Some(change))
        {
            error!(
                service = self.service,
                topic,
                "topic STOPPED: {}. Until then, nothing is read from or published to it",
                change.advice(self.service, topic)
            );
        }
        for topic in state.changed.keys().filter(|topic| !changed.contains_key(*topic)) {
            info!(service = self.service, topic, "topic resumed");
        }
        self.changed.store(!changed.is_empty(), Ordering::Release);
        state.changed = changed;
        self.changes.send_replace(());
    }

    /// Whether an id is known that the tables do not have yet.
    pub fn lacks_ids(&self) -> bool {
        let state = self.state();
        state.found.iter().any(|(name, found)| {
            found.id.is_some() && state.pinned.get(name).is_some_and(|pinned| pinned.id.is_none())
        })
    }

    /// Hears of every change.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Whether messages may be sent to a topic.
    pub fn takes(&self, topic: &str) -> bool {
        !self.changed.load(Ordering::Acquire) || !self.state().changed.contains_key(topic)
    }

    /// How a topic differs from what is pinned, if it does.
    pub fn change(&self, topic: &str) -> Option<Change> {
        self.state().changed.get(topic).copied()
    }

    /// The topics that have changed, each with what to do about it.
    pub fn changed(&self) -> Vec<(&'static str, String)> {
        let state = self.state();
        let advice = |(topic, change): (&&'static str, &Change)| (*topic, change.advice(self.service, topic));
        state.changed.iter().map(advice).collect()
    }

    /// How many partitions each topic has, as pinned.
    pub fn partitions(&self) -> Arc<PartitionCounts> {
        Arc::clone(&self.state().partitions)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
