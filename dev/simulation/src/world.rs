//! A world: three services, their databases and their topics.

use std::collections::BTreeMap;
use std::time::Duration;

use delivery::DeliveryService;
use order::OrderService;
use product::ProductService;
use saga_runtime::Service;
use saga_runtime::record::TopicPartition;
use saga_runtime::store::{DeadState, MemorySnapshot, Parked, Session as _, ShardId, Store as _};
use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::audit::Evidence;
use super::database::Database;
use super::fault_rates::FaultRates;
use super::rng::Rng;
use super::sim::{Shared, Telling};
use super::{Run, audit, client, instance::Instance};

/// The saga's services.
const SERVICES: [&str; 3] = ["order", "product", "delivery"];

/// How long a world may take to quiesce: a message that no database takes is given up after twenty tries,
/// most of them half a minute apart, and some are sent twice.
const REST: Duration = Duration::from_secs(2_400);
/// After this much more time every task has polled once more and found nothing.
const STILL: Duration = Duration::from_secs(12);
/// How often a quiescing world moves on.
const BEAT: Duration = Duration::from_millis(50);
/// The same while nothing is in flight, and only parked messages are retried.
const SLOW_BEAT: Duration = Duration::from_secs(1);

/// Everything there is.
pub(crate) struct World {
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
    pub(crate) async fn new(mut rng: Rng, telling: Telling) -> Self {
        let rates = FaultRates::of(&mut rng);
        let partitions = rng.between(1, 3) as i32;
        let databases = vec![
            database::<OrderService<order_handlers::Handlers>>().await,
            database::<ProductService<product_handlers::Handlers>>().await,
            database::<DeliveryService<delivery_handlers::Handlers>>().await,
        ];
        let mut instances = Vec::new();
        for database in &databases {
            let count = if rng.happens(700) { rng.between(2, 3) as usize } else { 1 };
            for number in 0..count {
                instances.push(Instance::new(database.clone(), number));
            }
        }
        let sim = Shared::new(rng, rates, partitions, telling);
        sim.get().note(|| format!("{rates:?}, {partitions} partitions"));
        let mut owners = BTreeMap::new();
        for database in &databases {
            for topic in consumed(database.service) {
                for partition in 0..partitions {
                    owners.insert((database.service, TopicPartition { topic, partition }), None);
                }
            }
        }
        let mut world =
            Self { sim, databases, instances, owners, backups: BTreeMap::new(), stopping: Vec::new() };
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

    /// Injects no more faults, and waits until nothing is left to do. Returns what is still left.
    pub(crate) async fn quiesce(&mut self) -> Vec<String> {
        let adds_product = {
            let mut sim = self.sim.get();
            (sim.rates, sim.is_quiescing) = (FaultRates::default(), true);
            sim.rng.happens(500)
        };
        if adds_product {
            self.add_product();
        }
        self.sim.get().note(|| "quiescing".into());
        for at in 0..self.instances.len() {
            if self.instances[at].life.is_none() {
                self.start(at);
            }
        }
        self.tell_zombies(true);
        self.assign_orphans();
        let mut waited = Duration::ZERO;
        let mut left = self.left().await;
        while !left.is_empty() && waited < REST {
            waited += self.beat().await;
            left = self.left().await;
        }
        if left.is_empty() {
            self.sim.get().note(|| "quiesced".into());
            let mut still = Duration::ZERO;
            while still < STILL {
                still += self.beat().await;
            }
            left = self.left().await;
        }
        left
    }

    /// One beat of a quiescing world: everything that waits moves on. Returns how long it took.
    async fn beat(&mut self) -> Duration {
        let mut is_quiet = self.sim.get().broker.is_quiet();
        self.sim.get().deliver_all();
        self.redrive_what_can_be_handled();
        for instance in &mut self.instances {
            let Some(life) = &mut instance.life else { continue };
            life.consumer.obey();
            let sim = self.sim.get();
            for origin in life.consumer.behind(&sim.broker) {
                life.consumer.deliver(&sim.broker, origin, usize::MAX);
                is_quiet = false;
            }
        }
        self.ask_again();
        is_quiet &= !self.sim.get().requests.iter().any(client::Request::waits);
        let beat = if is_quiet { SLOW_BEAT } else { BEAT };
        sleep(beat).await;
        beat
    }

    /// Repeats the requests that wait for an answer and are not being asked.
    fn ask_again(&mut self) {
        let running = self.running("order");
        let waiting: Vec<usize> = {
            let sim = self.sim.get();
            let waits = |at: &usize| sim.requests[*at].waits() && sim.requests[*at].asking == 0;
            (0..sim.requests.len()).filter(waits).collect()
        };
        for which in waiting {
            let at = self.sim.get().rng.one_of(&running).copied();
            if let Some(orders) = at.and_then(|at| self.instances[at].life.as_ref()?.orders.as_ref()) {
                client::ask(&self.sim, which, orders);
            }
        }
    }

    /// What is left to do.
    async fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        for instance in self.instances.iter().filter(|instance| instance.is_broken()) {
            left.push(format!("a task of {} has ended", instance.name));
        }
        let mut outboxes = Vec::new();
        for database in &self.databases {
            let mut session = database.inner.session().await.unwrap();
            for shard in 0..64 {
                let page = session.outbox_page(ShardId(shard), 0, 1).await.unwrap();
                if let Some(row) = page.rows.first() {
                    outboxes.push(format!(
                        "{}/{shard} has not sent or not deleted message {}",
                        database.service, row.seq
                    ));
                }
            }
        }
        left.extend(outboxes);
        let sim = self.sim.get();
        for database in &self.databases {
            let service = database.service;
            let lacking = |row: &&Parked| !(service == "product" && sim.lacks_product(&row.place));
            for row in database.inner.parked().iter().filter(lacking) {
                left.push(format!("{service} has parked {:?}: {:?}", row.place, row.failure));
            }
            let dead = database.inner.dead().into_iter().filter(|(_, state)| *state == DeadState::Dead);
            for (row, _) in dead.filter(|(row, _)| !sim.is_broken(service, &row.place)) {
                left.push(format!("{service} has dead-lettered {:?}: {:?}", row.place, row.failure));
            }
        }
        for service in SERVICES {
            for (at, log) in sim.broker.logs.iter().filter(|(at, _)| consumed(service).contains(&at.topic)) {
                let end = log.iter().rposition(Option::is_some).map_or(0, |last| last as i64 + 1);
                // A shard that no instance has taken over yet has read nothing.
                let name = format!("in:{}:{}", at.topic, at.partition);
                let mut shards = sim.history.shards.iter();
                let next = shards.find(|((of, _), (known, _))| *of == service && *known == name);
                let next = next.map_or(0, |(_, (_, next))| (*next).max(0));
                if next < end {
                    left.push(format!("{service} has read {name} to {next} of {end}"));
                }
            }
        }
        let waiting = sim.requests.iter().filter(|request| request.waits());
        left.extend(waiting.map(|request| format!("request of user {} is not answered", request.user)));
        if !sim.broker.is_quiet() {
            left.push("messages are on their way".into());
        }
        left
    }

    /// Ends all processes, and looks at what they leave.
    pub(crate) async fn audit(&mut self) -> Vec<String> {
        self.instances.iter_mut().for_each(Instance::kill);
        self.stopping.iter().for_each(AbortHandle::abort);
        sleep(BEAT).await;
        let evidence = Evidence::gather(&self.sim, &self.databases).await;
        let mut findings = std::mem::take(&mut self.sim.get().findings);
        findings.extend(audit::judge(&evidence));
        findings
    }

    /// The end.
    pub(crate) fn end(self, findings: Vec<String>) -> Run {
        let mut sim = self.sim.get();
        Run { tally: std::mem::take(&mut sim.tally), journal: sim.journal(), findings }
    }
}

async fn database<S: Service>() -> Database {
    let database = Database::new(S::NAME);
    database.inner.prepare(S::SAGA, S::NAME, &S::tables()).await.unwrap();
    database
}

/// The topics a service reads.
fn consumed(service: &str) -> &'static [&'static str] {
    match service {
        "order" => OrderService::<order_handlers::Handlers>::CONSUMES,
        "product" => ProductService::<product_handlers::Handlers>::CONSUMES,
        _ => DeliveryService::<delivery_handlers::Handlers>::CONSUMES,
    }
}
