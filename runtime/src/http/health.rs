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
    /// It was a member once, which is all that its readiness depends on: an outage of Kafka leaves requests.
    began: AtomicBool,
    stopped: Mutex<BTreeMap<String, String>>,
    changed: Mutex<BTreeMap<String, String>>,
    stuck: Mutex<BTreeMap<String, String>>,
    unread: Mutex<BTreeMap<String, String>>,
    left: Mutex<Option<String>>,
    stalled: Mutex<BTreeMap<String, String>>,
}

/// The body of `/readyz`.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub ready: bool,
    tables: bool,
    joined: bool,
    /// Why it is out of its consumer group, if it has left.
    left: Option<String>,
    /// Partitions and whole topics that stopped, with the reason.
    stopped: BTreeMap<String, String>,
    /// Messages that Kafka does not take, with the reason.
    stuck: BTreeMap<String, String>,
    /// Parts of the service that stand still, with the reason.
    stalled: BTreeMap<String, String>,
}

impl Health {
    /// Its tables exist.
    pub fn tables_exist(&self) {
        self.tables.store(true, Ordering::Relaxed);
    }

    /// It is a member of its consumer group, and knows its partitions.
    pub fn joined(&self) {
        self.joined.store(true, Ordering::Relaxed);
        self.began.store(true, Ordering::Relaxed);
    }

    /// Its partitions were revoked, and it does not know yet what it gets instead.
    pub fn revoked(&self) {
        self.joined.store(false, Ordering::Relaxed);
    }

    /// These partitions stopped, for these reasons.
    pub fn stopped(&self, partitions: impl Iterator<Item = (String, String)>) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = partitions.collect();
    }

    /// Nothing arrives from these partitions, topics, or the whole cluster, for these reasons.
    pub fn unread(&self, places: BTreeMap<String, String>) {
        *self.unread.lock().unwrap_or_else(PoisonError::into_inner) = places;
    }

    /// These parts of the service stand still, for these reasons.
    pub fn stalled(&self, parts: impl Iterator<Item = (String, String)>) {
        *self.stalled.lock().unwrap_or_else(PoisonError::into_inner) = parts.collect();
    }

    /// How many partitions and whole topics stopped.
    pub fn stopped_count(&self) -> usize {
        self.all_stopped().len()
    }

    fn all_stopped(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        // What an operator has to accept explains more than what arrives.
        for some in [&self.unread, &self.stopped, &self.changed] {
            all.extend(some.lock().unwrap_or_else(PoisonError::into_inner).clone());
        }
        all
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

    /// It has left its consumer group for this reason, or has come back.
    pub fn left(&self, reason: Option<String>) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    fn why_left(&self) -> Option<String> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it is ready. An outage does not change that, unless it lasts.
    pub fn is_ready(&self) -> bool {
        self.tables.load(Ordering::Relaxed) && self.began.load(Ordering::Relaxed) && self.why_left().is_none()
    }

    pub(crate) fn report(&self) -> Report {
        Report {
            ready: self.is_ready(),
            tables: self.tables.load(Ordering::Relaxed),
            joined: self.joined.load(Ordering::Relaxed),
            left: self.why_left(),
            stopped: self.all_stopped(),
            stalled: self.stalled.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            stuck: self.stuck.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_whose_partitions_were_revoked_says_so_and_stays_ready() {
        let health = Health::default();
        health.tables_exist();
        assert!(!health.is_ready(), "it has not joined yet");
        health.joined();
        health.revoked();
        let report = health.report();
        assert!(report.ready && !report.joined, "{report:?}");
        health.joined();
        assert!(health.report().joined);
    }
}
