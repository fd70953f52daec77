//! Reads what a run left: each table once, each topic once.

mod kafka;
mod postgres;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::Sources;
use super::evidence::{Evidence, Place, SERVICES, topics};

/// Something that cannot be read.
#[derive(Debug)]
pub struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the audit cannot read {}", self.0)
    }
}

impl std::error::Error for Unreadable {}

impl Unreadable {
    fn new(what: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self(format!("{what}: {why}"))
    }
}

/// Gathers everything.
///
/// # Errors
/// [`Unreadable`] when a database or Kafka cannot be read, or holds what no
/// service writes.
pub(super) async fn load(sources: &Sources) -> Result<Evidence, Unreadable> {
    let mut evidence = Evidence {
        posted: sources.posted.clone(),
        initial_stock: sources.stock.iter().copied().collect(),
        outbox_kept: sources.outbox_kept,
        ..Evidence::default()
    };
    for injected in &sources.injected {
        let place = place(&injected.topic, injected.partition)?;
        evidence.injected.insert((place, injected.offset), injected.kind);
    }
    let mut names = Names::default();
    for service in SERVICES {
        let url = sources.databases.iter().find(|(name, _)| name == service).map(|(_, url)| url);
        let url = url.ok_or_else(|| Unreadable::new(service, "it has no database"))?;
        let read = postgres::read(service, url, &mut names, &mut evidence).await;
        read.map_err(|error| Unreadable::new(format_args!("the database of {service}"), error))?;
    }
    let brokers = sources.brokers.clone();
    let logs = tokio::task::spawn_blocking(move || kafka::read(&brokers, &mut names)).await;
    evidence.logs = logs.map_err(|error| Unreadable::new("Kafka", error))??;
    Ok(evidence)
}

/// The place that a text names.
fn place(topic: &str, partition: i32) -> Result<Place, Unreadable> {
    let known = topics().find(|known| *known == topic);
    let topic = known.ok_or_else(|| Unreadable::new(topic, "the saga has no such topic"))?;
    Ok(Place { topic, partition })
}

/// One copy of each name that a million messages carry.
#[derive(Default)]
struct Names(HashMap<String, Arc<str>>);

impl Names {
    fn one(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        self.0.insert(name.to_owned(), Arc::clone(&new));
        new
    }
}
