//! The service's state, as reported at `/readyz`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// The state of a running service.
#[derive(Debug, Default)]
pub struct Health {
    tables: AtomicBool,
    joined: AtomicBool,
    stopped: Mutex<BTreeMap<String, String>>,
    changed: Mutex<BTreeMap<String, String>>,
    stuck: Mutex<BTreeMap<String, String>>,
}

/// The body of `/readyz`.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub ready: bool,
    tables: bool,
    joined: bool,
    /// Partitions and whole topics that stopped, with the reason.
    stopped: BTreeMap<String, String>,
    /// Messages that Kafka does not take, with the reason.
    stuck: BTreeMap<String, String>,
}

impl Health {
    /// Its tables exist.
    pub fn tables_exist(&self) {
        self.tables.store(true, Ordering::Relaxed);
    }

    /// It is a member of its consumer group, and knows its partitions.
    pub fn joined(&self) {
        self.joined.store(true, Ordering::Relaxed);
    }

    /// These partitions stopped, for these reasons.
    pub fn stopped(&self, partitions: impl Iterator<Item = (String, String)>) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = partitions.collect();
    }

    /// How many partitions and whole topics stopped.
    pub fn stopped_count(&self) -> usize {
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner).len();
        changed + self.stopped.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Nothing is read from these topics or sent to them, for these reasons.
    pub fn changed(&self, topics: Vec<(&'static str, String)>) {
        let topics = topics.into_iter().map(|(topic, reason)| (topic.to_owned(), reason)).collect();
        *self.changed.lock().unwrap_or_else(PoisonError::into_inner) = topics;
    }

    /// These messages are not taken by Kafka, for these reasons.
    pub fn stuck(&self, messages: impl Iterator<Item = (String, String)>) {
        *self.stuck.lock().unwrap_or_else(PoisonError::into_inner) = messages.collect();
    }

    /// Whether it is ready. An outage does not change that.
    pub fn is_ready(&self) -> bool {
        self.tables.load(Ordering::Relaxed) && self.joined.load(Ordering::Relaxed)
    }

    pub(super) fn report(&self) -> Report {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone();
        stopped.extend(self.changed.lock().unwrap_or_else(PoisonError::into_inner).clone());
        Report {
            ready: self.is_ready(),
            tables: self.tables.load(Ordering::Relaxed),
            joined: self.joined.load(Ordering::Relaxed),
            stopped,
            stuck: self.stuck.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}
