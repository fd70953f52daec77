//! What all parts of a simulated world share.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use saga_runtime::Decimal;
use saga_runtime::record::TopicPartition;
use tokio::time::Instant;

use super::broker::Broker;
use super::calls::Called;
use super::client::Request;
use super::database::Database;
use super::fault_rates::FaultRates;
use super::faults::{self, Case};
use super::gateway::Ledger;
use super::history::History;
use super::rng::Rng;
use super::saga::Saga;
use super::story::Stories;
use super::twice::{At, Chances};

/// Chance, the broker, and the books that are kept of what happens.
pub(crate) struct Sim {
    /// What is simulated.
    pub saga: Arc<Saga>,
    /// Where all chance comes from.
    pub rng: Rng,
    /// How often each fault occurs at present.
    pub rates: FaultRates,
    /// The topics.
    pub broker: Broker,
    /// The databases, in the order of the services.
    pub databases: Vec<Database>,
    /// What the databases have committed.
    pub history: History,
    /// The system that steps call.
    pub gateway: Ledger,
    /// The calls that were started.
    pub called: Called,
    /// What was asked over HTTP, and answered.
    pub requests: Vec<Request>,
    /// How often each fault was injected.
    pub tally: Tally,
    /// Whether faults are no longer injected.
    pub is_quiescing: bool,
    /// The partition that takes no message at present.
    pub refusing: Option<TopicPartition>,
    /// The instances that handlers and databases were asked about, and how they fail there.
    pub cases: BTreeMap<(faults::Place, String), Case>,
    /// What the team remembers of this world.
    pub memory: Box<dyn Any + Send>,
    /// Bodies that cannot be decoded.
    pub garbage: BTreeSet<Vec<u8>>,
    /// Whether an operator has repaired what was broken from the start.
    pub is_repaired: bool,
    /// The services whose databases have lost something.
    pub restored: BTreeSet<&'static str>,
    /// What handlers have drawn by chance.
    pub chances: Chances,
    /// How often handlers were asked.
    pub asked: usize,
    /// By how much steps and their compensations have changed numbers in rows, by step and instance: each attempt.
    pub effects: BTreeMap<Effects, Vec<BTreeMap<At, Decimal>>>,
    /// The steps, by service, whose handlers were found to be at fault: each is found once.
    pub odd: BTreeSet<(&'static str, &'static str)>,
    /// The steps whose handlers have panicked, by instance.
    pub panicked: BTreeSet<(&'static str, String)>,
    /// What happened to each instance.
    pub stories: Stories,
    /// What was found to be wrong while the world went on.
    pub findings: Vec<String>,
    telling: Telling,
    start: Instant,
}

/// What has an effect: a step or, with `true`, its compensation; and the instance.
pub(crate) type Effects = (&'static str, bool, String);

/// Where what happens in a world is reported.
pub enum Telling {
    /// Nowhere: it is quicker.
    Nothing,
    /// In a journal, read at the end.
    Journal(Vec<String>),
    /// On standard error, at once: also for a world that never ends.
    Aloud,
}

/// How often each fault was injected.
pub type Tally = BTreeMap<&'static str, u64>;

/// A world's shared part. Everything runs in one thread, so the lock is never contended.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Sim>>);

impl Shared {
    /// The shared part of a world that begins now.
    pub(crate) fn new(
        saga: Arc<Saga>,
        rng: Rng,
        rates: FaultRates,
        databases: Vec<Database>,
        partitions: i32,
        telling: Telling,
    ) -> Self {
        let broker = Broker::new(&saga.topics, partitions);
        Self(Arc::new(Mutex::new(Sim {
            saga,
            rng,
            rates,
            broker,
            databases,
            history: History::default(),
            gateway: Ledger::default(),
            called: Called::new(),
            requests: Vec::new(),
            tally: Tally::new(),
            is_quiescing: false,
            refusing: None,
            cases: BTreeMap::new(),
            memory: Box::new(()),
            garbage: BTreeSet::new(),
            is_repaired: false,
            restored: BTreeSet::new(),
            chances: Chances::default(),
            asked: 0,
            effects: BTreeMap::new(),
            odd: BTreeSet::new(),
            panicked: BTreeSet::new(),
            stories: Stories::default(),
            findings: Vec::new(),
            telling,
            start: Instant::now(),
        })))
    }

    /// Access to it; never held across an await.
    pub(crate) fn get(&self) -> MutexGuard<'_, Sim> {
        self.0.lock().unwrap()
    }
}

impl Sim {
    /// Counts a fault.
    pub(crate) fn count(&mut self, fault: &'static str) {
        *self.tally.entry(fault).or_default() += 1;
    }

    /// Writes down what happens, if anybody will read it.
    pub(crate) fn note(&mut self, text: impl FnOnce() -> String) {
        if matches!(self.telling, Telling::Nothing) {
            return;
        }
        let at = self.start.elapsed().as_millis();
        let line = format!("{:>4}.{:03} s  {}", at / 1_000, at % 1_000, text());
        match &mut self.telling {
            Telling::Nothing => {}
            Telling::Journal(journal) => journal.push(line),
            Telling::Aloud => drop(writeln!(std::io::stderr(), "{line}")),
        }
    }

    /// Whether nobody will read what happens.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self.telling, Telling::Nothing)
    }

    /// Writes down what happens to an instance, if anybody will read it.
    pub(crate) fn tell(&mut self, correlation: &str, what: impl FnOnce() -> String) {
        if !self.is_silent() {
            let what = what();
            self.stories.add(correlation, self.start.elapsed().as_millis(), what.clone());
            self.note(|| format!("{correlation}: {what}"));
        }
    }

    /// Something is wrong; the same is found once.
    pub(crate) fn find(&mut self, finding: String) {
        if !self.findings.contains(&finding) {
            self.note(|| finding.clone());
            self.findings.push(finding);
        }
    }

    /// Counts a fault and writes it down.
    pub(crate) fn fault(&mut self, fault: &'static str, whom: impl FnOnce() -> String) {
        self.count(fault);
        self.note(|| format!("FAULT {fault}: {}", whom()));
    }

    /// What was written down.
    pub(crate) fn journal(&mut self) -> Vec<String> {
        match &mut self.telling {
            Telling::Journal(journal) => std::mem::take(journal),
            Telling::Nothing | Telling::Aloud => Vec::new(),
        }
    }
}
