//! A world: the services of a saga, their databases and their topics.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use saga_runtime::record::TopicPartition;
use saga_runtime::store::MemorySnapshot;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::audit::Evidence;
use super::database::Database;
use super::fault_rates::FaultRates;
use super::rng::Rng;
use super::saga::Saga;
use super::sim::{Shared, Telling};
use super::{Run, audit, instance::Instance};

/// After so much time everything that was killed is gone.
const GONE: Duration = Duration::from_millis(50);

/// Everything there is.
pub(crate) struct World {
    pub(super) saga: Arc<Saga>,
    pub(super) sim: Shared,
    pub(super) databases: Vec<Database>,
    pub(super) instances: Vec<Instance>,
    /// Who owns which partition, as the group's coordinator has it.
    pub(super) owners: BTreeMap<(&'static str, TopicPartition), Option<usize>>,
    /// The last copy of each database.
    pub(super) backups: BTreeMap<&'static str, MemorySnapshot>,
    /// Processes that are stopping.
    pub(super) stopping: Vec<AbortHandle>,
}

impl World {
    /// A new world with its services running.
    pub(crate) async fn new(saga: Arc<Saga>, mut rng: Rng, telling: Telling) -> Self {
        let rates = FaultRates::of(&mut rng);
        let partitions = rng.between(1, 3) as i32;
        let mut databases = Vec::new();
        for service in &saga.services {
            let database = Database::new(service.name());
            service.prepare(database.inner.clone()).await;
            databases.push(database);
        }
        let mut instances = Vec::new();
        for database in &databases {
            let count = if rng.happens(700) { rng.between(2, 3) as usize } else { 1 };
            for number in 0..count {
                instances.push(Instance::new(database.clone(), number));
            }
        }
        let sim = Shared::new(saga.clone(), rng, rates, databases.clone(), partitions, telling);
        sim.get().note(|| format!("{rates:?}, {partitions} partitions"));
        let mut owners = BTreeMap::new();
        for database in &databases {
            for topic in saga.service(database.service).consumes() {
                for partition in 0..partitions {
                    owners.insert((database.service, TopicPartition { topic, partition }), None);
                }
            }
        }
        let mut world =
            Self { saga, sim, databases, instances, owners, backups: BTreeMap::new(), stopping: Vec::new() };
        for at in 0..world.instances.len() {
            world.start(at);
        }
        world
    }

    /// Starts an instance and assigns it partitions without an owner.
    pub(super) fn start(&mut self, at: usize) {
        let instance = &mut self.instances[at];
        self.sim.get().note(|| format!("{} starts", instance.name));
        instance.start(&self.sim);
        self.assign_orphans();
    }

    /// Ends what an instance owned.
    pub(super) fn leave(&mut self, at: usize) {
        for owner in self.owners.values_mut().filter(|owner| **owner == Some(at)) {
            *owner = None;
        }
    }

    /// Assigns partitions without an owner to running instances.
    pub(super) fn assign_orphans(&mut self) {
        let unowned: Vec<_> =
            self.owners.iter().filter(|(_, owner)| owner.is_none()).map(|(key, _)| *key).collect();
        for (service, partition) in unowned {
            let running = self.running(service);
            let to = self.sim.get().rng.one_of(&running).copied();
            if let Some(to) = to {
                self.assign(service, partition, to);
            }
        }
    }

    pub(super) fn assign(&mut self, service: &'static str, partition: TopicPartition, to: usize) {
        self.owners.insert((service, partition), Some(to));
        let instance = &mut self.instances[to];
        if let Some(life) = &mut instance.life {
            if !instance.assigned.insert(partition) {
                // It has not seen the revocation yet: the coordinator sends it both.
                life.consumer.revoke(partition);
            }
            life.consumer.assign(vec![partition]);
            self.sim.get().note(|| format!("{partition} goes to {}", instance.name));
        }
    }

    /// The instances of a service that run.
    pub(super) fn running(&self, service: &str) -> Vec<usize> {
        let running = |(_, instance): &(usize, &Instance)| {
            instance.database.service == service && instance.life.is_some()
        };
        self.instances.iter().enumerate().filter(running).map(|(at, _)| at).collect()
    }

    /// Tells zombies which partitions they have lost.
    pub(super) fn tell_zombies(&mut self, all: bool) {
        for at in 0..self.instances.len() {
            let service = self.instances[at].database.service;
            let lost = |partition: &&TopicPartition| self.owners[&(service, **partition)] != Some(at);
            let lost: Vec<_> = self.instances[at].assigned.iter().filter(lost).copied().collect();
            for partition in lost {
                if all || self.sim.get().rng.happens(300) {
                    self.instances[at].assigned.remove(&partition);
                    let Some(life) = &mut self.instances[at].life else { continue };
                    life.consumer.revoke(partition);
                    let name = &self.instances[at].name;
                    self.sim.get().note(|| format!("{name} hears that it has lost {partition}"));
                }
            }
        }
    }

    /// Ends all processes, and looks at what they leave.
    pub(crate) async fn audit(&mut self) -> Vec<String> {
        self.instances.iter_mut().for_each(Instance::kill);
        self.stopping.iter().for_each(AbortHandle::abort);
        sleep(GONE).await;
        let evidence = Evidence::gather(&self.saga, &self.sim, &self.databases).await;
        let mut findings = std::mem::take(&mut self.sim.get().findings);
        findings.extend(audit::judge(&self.saga, &evidence));
        findings
    }

    /// What was found before the world did not come to rest, and what is left in it.
    pub(crate) fn unrest(&mut self, left: Vec<String>) -> Vec<String> {
        let mut findings = std::mem::take(&mut self.sim.get().findings);
        findings.extend(left);
        findings
    }

    /// The end.
    pub(crate) fn end(self, findings: Vec<String>) -> Run {
        let mut sim = self.sim.get();
        Run {
            tally: std::mem::take(&mut sim.tally),
            journal: sim.journal(),
            stories: std::mem::take(&mut sim.stories),
            findings,
        }
    }
}
