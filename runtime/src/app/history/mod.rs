//! A version of a service meets a history: messages and rows from before it.
//!
//! The database remembers the steps, topics and tables it was last served with, and a message the services
//! it was published for. What differs from this version, and would be handled a second time, or never, is
//! found before anything is read, and an operator decides. See `docs/operating.md`, "Changing a saga that
//! runs", and ADR 28.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::error::{KafkaError, KafkaResult};
use tokio::time::sleep;
use tracing::{info, warn};

use super::patience::patiently;
use super::running::StartError;
use crate::config::HistoryChoice;
use crate::kafka::KafkaConfig;
use crate::kafka::group::{Group, Role};
use crate::kafka::log::{Log, TIMEOUT};
use crate::record::TopicPartition;
use crate::repeats::Repeats;
use crate::rows::Rows as _;
use crate::service::Service;
use crate::store::{Operator, PinnedTopic, Served, Serving, Steps, Store, StoreError};

mod compare;
mod findings;
mod logs;
#[cfg(test)]
mod tests;

use compare::{Change, changes};
use findings::{Finding, refusal};
use logs::{Old, Place, Reader, Why};

/// For how long a step is kept from running again: as long as the rows are kept that say so.
const RUN_ONCE_MS: i64 = 30 * 24 * 3_600 * 1_000;

/// What a version of a service is, and what its operator has chosen.
pub(super) struct History {
    saga: &'static str,
    service: &'static str,
    consumes: &'static [&'static str],
    steps: Steps,
    /// The steps that have rows.
    with_rows: BTreeSet<String>,
    tables: BTreeSet<String>,
    choice: Option<HistoryChoice>,
}

/// What the tables say of the history.
#[derive(Debug, Clone, Default)]
pub(super) struct Reviewed {
    served: Served,
    now_ms: i64,
    /// Topics that are no longer read.
    gone: Vec<String>,
    retriggered: Vec<Retriggered>,
}

/// A step with another trigger than before.
#[derive(Debug, Clone)]
struct Retriggered {
    step: String,
    from: BTreeSet<String>,
    to: BTreeSet<String>,
    /// The instances for which its rows say that it has ended.
    ended: BTreeSet<String>,
    /// The messages that were read and not handled, by topic.
    unhandled: BTreeMap<String, BTreeSet<(i32, i64)>>,
}

/// What the logs say of it.
#[derive(Debug, Default)]
struct Looked {
    /// Each with the end of what is old, if that is asked for.
    old: Vec<(Old, i64)>,
    /// How many messages of topics that are no longer read were never read.
    unread: Vec<(String, i64)>,
    /// Steps that had a trigger whose topic cannot be read any more.
    unknown: BTreeSet<(String, String)>,
    /// For which instances a step has acted, in the order of [`Reviewed::retriggered`].
    acted: Vec<BTreeSet<String>>,
}

impl History {
    pub(super) fn of<S: Service>(choice: Option<HistoryChoice>) -> Self {
        let steps = S::STEPS
            .iter()
            .map(|(step, on)| ((*step).to_owned(), on.iter().map(|topic| (*topic).to_owned()).collect()));
        Self {
            saga: S::SAGA,
            service: S::NAME,
            consumes: S::CONSUMES,
            steps: steps.collect(),
            with_rows: S::Rows::default().steps().iter().map(|steps| steps.step().to_owned()).collect(),
            tables: S::tables().iter().map(|table| table.def.name.to_owned()).collect(),
            choice,
        }
    }

    /// Compares this version with what the database was last served with.
    ///
    /// # Errors
    /// [`StartError::History`] when an operator has to decide.
    pub(super) async fn of_tables<D: Store>(&self, store: &D) -> Result<Reviewed, StartError> {
        let (reviewed, findings) = patiently("the database", || self.review(store)).await?;
        self.decide(&findings)?;
        Ok(reviewed)
    }

    async fn review<D: Store>(&self, store: &D) -> Result<(Reviewed, Vec<Finding>), StoreError> {
        let Some(mut operator) = store.operator().await? else { return Ok(Default::default()) };
        let served = operator.served(self.saga, self.service).await?;
        let now_ms = operator.now_ms().await?;
        let mut reviewed = Reviewed { now_ms, ..Reviewed::default() };
        let mut findings = Vec::new();
        for change in changes(&served, &self.steps, &self.tables) {
            match change {
                Change::StepGone { step, heirs } => {
                    findings.extend(self.step_gone(&mut operator, &served, &step, heirs).await?);
                }
                Change::Retriggered { step, from, to } => {
                    let left = operator.left_by(&step).await?;
                    if left.waiting > 0 {
                        findings.push(Finding::waiting_for(self.service, &step, left.waiting, &from, &to));
                    }
                    reviewed.retriggered.push(retriggered(&mut operator, step, from, to).await?);
                }
                Change::TableGone { table, heirs } => {
                    if operator.is_filled(&table).await? {
                        if heirs.is_empty() {
                            info!(service = self.service, table, "a table with rows is no longer used");
                        } else {
                            findings.push(Finding::table(self.service, &table, &heirs));
                        }
                    }
                }
                Change::TopicGone { topic } => {
                    if let Some(messages) = served.queued.get(&topic) {
                        findings.push(Finding::queued(self.service, &topic, *messages));
                    }
                    reviewed.gone.push(topic);
                }
            }
        }
        reviewed.served = served;
        Ok((reviewed, findings))
    }

    /// What a step that is gone leaves to decide.
    async fn step_gone(
        &self,
        operator: &mut Operator,
        served: &Served,
        step: &str,
        heirs: Vec<String>,
    ) -> Result<Option<Finding>, StoreError> {
        let left = operator.left_by(step).await?;
        if left.waiting > 0 {
            return Ok(Some(Finding::waiting(self.service, step, left.waiting, &heirs)));
        }
        let Some(had) = served.steps.get(step) else { return Ok(None) };
        let has_read = served.positions.iter().any(|it| it.next_offset > 0 && had.contains(&it.topic));
        // Messages that were read do not come again, whatever the name of what they start.
        let elsewhere = |heir: &String| self.steps.get(heir).is_some_and(|on| !on.is_subset(had));
        let heirs: Vec<String> = heirs.into_iter().filter(|heir| left.ended > 0 || elsewhere(heir)).collect();
        let renamed = has_read && !heirs.is_empty();
        Ok(renamed.then(|| Finding::renamed(self.service, step, &heirs)))
    }

    /// Compares what the logs hold with what this version reads, and records what it serves from now on.
    /// Returns the topics whose messages run each step once per saga instance.
    ///
    /// # Errors
    /// [`StartError::History`] when an operator has to decide.
    pub(super) async fn of_logs<D: Store>(
        &self,
        reviewed: Reviewed,
        store: &D,
        kafka: &KafkaConfig,
        places: Vec<Place>,
    ) -> Result<Vec<&'static str>, StartError> {
        let repeats = Repeats::new();
        let looked = loop {
            match self.look(&reviewed, kafka, places.clone()).await? {
                Ok(looked) => break looked,
                Err(error) => self.waits(&repeats, &error),
            }
            sleep(Duration::from_secs(1)).await;
        };
        self.decide(&self.found(&looked))?;
        let serving = self.serving(&reviewed, &looked);
        patiently("the database", || record(store, &serving)).await?;
        for (it, (_, _, instances)) in reviewed.retriggered.iter().zip(&serving.acted) {
            info!(service = self.service, step = it.step, from = ?it.from, to = ?it.to, instances = instances.len(),
                "a step has other triggers than before; it does not run again for the instances for which it has run");
        }
        let run_once = self.consumes.iter().filter(|topic| serving.served.run_once.contains_key(**topic));
        Ok(run_once.copied().collect())
    }

    /// The partitions this version reads. Of those it has never read, Kafka may know better.
    ///
    /// # Errors
    /// [`StartError::Broken`] when the process is about to end.
    pub(super) async fn places<D: Store>(
        &self,
        reviewed: &Reviewed,
        store: &D,
        kafka: &KafkaConfig,
        pinned: &[PinnedTopic],
    ) -> Result<Vec<Place>, StartError> {
        let mut places = self.read_by(&reviewed.served, pinned);
        let new: Vec<_> = places.iter().filter(|place| place.new).map(|place| place.origin).collect();
        if kafka.mock || new.is_empty() {
            return Ok(places);
        }
        let repeats = Repeats::new();
        let committed = loop {
            let log = self.log(kafka, Role::Member);
            let new = new.clone();
            let ask = move || log()?.committed(&new, TIMEOUT);
            let asked = tokio::task::spawn_blocking(ask).await;
            match asked.map_err(|error| StartError::Broken(error.to_string()))? {
                Ok(committed) => break committed,
                Err(error) => self.waits(&repeats, &error),
            }
            sleep(Duration::from_secs(1)).await;
        };
        // Another instance may have begun to read since. It tells Kafka after it has told this database, so
        // what is still unknown here was read with another one.
        let served = patiently("the database", || self.served(store)).await?;
        places = self.read_by(&served, pinned);
        for place in places.iter_mut().filter(|place| place.new) {
            place.committed = committed.get(&place.origin).copied().unwrap_or(-1);
        }
        Ok(places)
    }

    async fn served<D: Store>(&self, store: &D) -> Result<Served, StoreError> {
        match store.operator().await? {
            Some(mut operator) => operator.served(self.saga, self.service).await,
            None => Ok(Served::default()),
        }
    }

    /// Says that Kafka does not answer; the causes are few, and what is not granted stays so for long.
    fn waits(&self, repeats: &Repeats, error: &KafkaError) {
        if let Some(repeated) = repeats.due(&error.to_string()) {
            warn!(service = self.service, %error, repeated, "waiting for Kafka");
        }
    }

    /// Opens the logs as one of the service's groups. It can wait for a thread that may block.
    fn log(&self, kafka: &KafkaConfig, role: Role) -> impl FnOnce() -> KafkaResult<Log> + use<> {
        let (kafka, group) = (kafka.clone(), Group::named(self.saga, self.service, role));
        let id = format!("{}-{}-history", self.saga, self.service);
        move || Log::open(&kafka, &id, &group)
    }

    fn read_by(&self, served: &Served, pinned: &[PinnedTopic]) -> Vec<Place> {
        let read = pinned.iter().filter_map(|it| {
            let topic = self.consumes.iter().find(|topic| **topic == it.topic)?;
            Some((0..it.partitions).map(|partition| place(served, topic, partition)))
        });
        read.flatten().collect()
    }

    async fn look(
        &self,
        reviewed: &Reviewed,
        kafka: &KafkaConfig,
        places: Vec<Place>,
    ) -> Result<KafkaResult<Looked>, StartError> {
        if kafka.mock {
            // It ends with the process, so it has no history.
            let acted = reviewed.retriggered.iter().map(|_| BTreeSet::new()).collect();
            return Ok(Ok(Looked { acted, ..Looked::default() }));
        }
        let log = self.log(kafka, Role::History);
        let (reviewed, choice) = (reviewed.clone(), self.choice);
        let reader = Reader { service: self.service, now_ms: reviewed.now_ms, prefix: kafka.prefix };
        let look = move || look(&log()?, reader, &reviewed, &places, choice);
        let looked = tokio::task::spawn_blocking(look).await;
        looked.map_err(|error| StartError::Broken(error.to_string()))
    }

    fn found(&self, looked: &Looked) -> Vec<Finding> {
        let mut old: BTreeMap<(&str, Why), i64> = BTreeMap::new();
        for (it, _) in &looked.old {
            *old.entry((it.place.origin.topic, it.why)).or_default() += it.end - it.from;
        }
        let old = old.into_iter().map(|((topic, why), messages)| {
            let why = match why {
                Why::Says => "the first names other readers",
                Why::Aged => "they are older than an hour, and this database has never read the topic",
                Why::Read => "its consumer group has read them, with another database than this one",
            };
            Finding::old_messages(self.service, topic, messages, why)
        });
        let unread = looked.unread.iter();
        let unread = unread.map(|(topic, messages)| Finding::unread(self.service, topic, *messages));
        let unknown = looked.unknown.iter();
        let unknown = unknown.map(|(step, topic)| Finding::unknown(self.service, step, topic));
        old.chain(unread).chain(unknown).collect()
    }

    fn serving(&self, reviewed: &Reviewed, looked: &Looked) -> Serving {
        let Reviewed { served, now_ms, .. } = reviewed;
        let reads = |topic: &str| self.consumes.contains(&topic);
        let mut run_once = served.run_once.clone();
        run_once.retain(|topic, since| reads(topic) && *since > now_ms.saturating_sub(RUN_ONCE_MS));
        let mut handled = served.handled.clone();
        handled.retain(|(topic, _), _| reads(topic));
        let mut skips = Vec::new();
        for (old, end) in &looked.old {
            let Place { origin: TopicPartition { topic, partition }, next, .. } = old.place;
            if self.choice == Some(HistoryChoice::Skip) {
                let next_offset = if next < 0 { -1 } else { next };
                let position = crate::store::Position { topic: topic.to_owned(), partition, next_offset };
                skips.push((position, *end));
            } else {
                handled.insert((topic.to_owned(), partition), old.end);
            }
        }
        let acted =
            reviewed.retriggered.iter().zip(&looked.acted).map(|(it, instances)| {
                (it.step.clone(), self.with_rows.contains(&it.step), instances.clone())
            });
        for it in reviewed.retriggered.iter().filter(|it| !self.with_rows.contains(&it.step)) {
            run_once.extend(it.to.difference(&it.from).map(|topic| (topic.clone(), *now_ms)));
        }
        let (steps, tables) = (self.steps.clone(), self.tables.clone());
        let served = Served { steps, tables, run_once, handled, ..Served::default() };
        Serving { served, skips, acted: acted.collect() }
    }

    /// Goes on if everything was decided.
    fn decide(&self, findings: &[Finding]) -> Result<(), StartError> {
        let (answered, open): (Vec<_>, Vec<_>) =
            findings.iter().cloned().partition(|finding| finding.is_answered(self.choice));
        if !open.is_empty() {
            return Err(StartError::History(refusal(&open)));
        }
        for finding in answered {
            warn!(service = self.service, choice = ?self.choice, "{finding}");
        }
        Ok(())
    }
}

async fn retriggered(
    operator: &mut Operator,
    step: String,
    from: BTreeSet<String>,
    to: BTreeSet<String>,
) -> Result<Retriggered, StoreError> {
    let ended = operator.ended(&step).await?;
    let mut unhandled = BTreeMap::new();
    for topic in &from {
        unhandled.insert(topic.clone(), operator.unhandled(topic).await?);
    }
    Ok(Retriggered { step, from, to, ended, unhandled })
}

async fn record<D: Store>(store: &D, serving: &Serving) -> Result<(), StoreError> {
    match store.operator().await? {
        Some(mut operator) => operator.serve(serving).await,
        None => Ok(()),
    }
}

fn look(
    log: &Log,
    reader: Reader,
    reviewed: &Reviewed,
    places: &[Place],
    choice: Option<HistoryChoice>,
) -> KafkaResult<Looked> {
    let mut looked = Looked::default();
    for old in reader.old(log, places)? {
        let end = if choice == Some(HistoryChoice::Skip) { reader.end_of(log, &old)? } else { old.end };
        looked.old.push((old, end));
    }
    for topic in &reviewed.gone {
        let unread = reader.unread(log, &read_of(&reviewed.served, topic))?;
        looked.unread.extend((unread > 0).then(|| (topic.clone(), unread)));
    }
    for it in &reviewed.retriggered {
        let mut acted = it.ended.clone();
        // A step that waited for several messages has rows, and one of its messages does not say that it ran.
        for topic in it.from.iter().filter(|_| it.from.len() == 1) {
            for place in read_of(&reviewed.served, topic) {
                match logs::keys(log, place, &it.unhandled[topic])? {
                    Some(keys) => acted.extend(keys),
                    None => drop(looked.unknown.insert((it.step.clone(), topic.clone()))),
                }
            }
        }
        looked.acted.push(acted);
    }
    Ok(looked)
}

/// Where a partition that this version reads goes on.
fn place(served: &Served, topic: &'static str, partition: i32) -> Place {
    let mut known = served.positions.iter().filter(|it| it.topic == topic).peekable();
    let new = known.peek().is_none();
    let next = known.find(|it| it.partition == partition).map_or(-1, |it| it.next_offset);
    let handled = served.handled.get(&(topic.to_owned(), partition)).copied().unwrap_or(-1);
    Place { origin: TopicPartition { topic, partition }, next, new, handled, committed: -1 }
}

/// The partitions that were read of a topic. Its name lives as long as the process, and there are few.
fn read_of(served: &Served, topic: &str) -> Vec<Place> {
    let name: &'static str = topic.to_owned().leak();
    let read = served.positions.iter().filter(|it| it.topic == topic);
    read.map(|it| place(served, name, it.partition)).collect()
}
