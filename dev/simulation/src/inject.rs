//! What happens in a world while faults are injected.

use std::time::Duration;

use saga_runtime::record::TopicPartition;
use saga_runtime::store::{Session as _, Store as _};
use tokio::task::yield_now;
use tokio::time::sleep;

use super::broker::Logged;
use super::client::{Request, Wish};
use super::world::World;

/// One action of the world.
#[derive(Debug, Clone, Copy)]
enum Action {
    Network,
    Consume,
    Request,
    AskAgain,
    Act,
    Publish,
    Replay,
    Marker,
    Crash,
    Stop,
    Start,
    Rebalance,
    TellZombies,
    Move,
    BackUp,
    Restore,
    Garbage,
    Jump,
    Operate,
}

impl World {
    /// Runs the services under the load and the faults of the seed.
    pub(crate) async fn inject(&mut self) {
        let actions = self.sim.get().rng.between(150, 500);
        for _ in 0..actions {
            self.act();
            self.breathe().await;
        }
    }

    /// Lets the tasks go on for a while, or for a long one.
    async fn breathe(&mut self) {
        let (kind, length) = {
            let mut sim = self.sim.get();
            (sim.rng.below(100), sim.rng.number())
        };
        match kind {
            0..60 => {
                for _ in 0..length % 12 {
                    yield_now().await;
                }
            }
            60..95 => sleep(Duration::from_millis(length % 40)).await,
            95..99 => sleep(Duration::from_millis(length % 700)).await,
            _ => sleep(Duration::from_millis(length % 9_000)).await,
        }
        for life in self.instances.iter_mut().filter_map(|instance| instance.life.as_mut()) {
            life.consumer.obey();
        }
    }

    fn act(&mut self) {
        let action = self.choose();
        match action {
            Action::Network => self.sim.get().network(),
            Action::Consume => self.consume(),
            Action::Request => self.request(),
            Action::AskAgain => self.ask_one_again(),
            Action::Act => self.act_on_one(),
            Action::Publish => self.publish(),
            Action::Replay => self.replay(),
            Action::Marker => self.marker(),
            Action::Crash => self.crash(),
            Action::Stop => self.stop(),
            Action::Start => self.start_one(),
            Action::Rebalance => self.rebalance(),
            Action::TellZombies => self.tell_zombies(false),
            Action::Move => self.move_database(),
            Action::BackUp => self.back_up(),
            Action::Restore => self.restore(),
            Action::Garbage => self.garbage(),
            Action::Jump => self.jump(),
            Action::Operate => self.operate(),
        }
    }

    fn choose(&mut self) -> Action {
        let mut sim = self.sim.get();
        let rates = sim.rates;
        let weights = [
            (300, Action::Network),
            (300, Action::Consume),
            (60, Action::Request),
            (10, Action::AskAgain),
            (if self.saga.plan.people().is_empty() { 0 } else { 120 }, Action::Act),
            (rates.publishes, Action::Publish),
            (rates.replays, Action::Replay),
            (3, Action::Marker),
            (rates.crashes, Action::Crash),
            (rates.stops, Action::Stop),
            (20, Action::Start),
            (rates.rebalances, Action::Rebalance),
            (20, Action::TellZombies),
            (rates.moves, Action::Move),
            (rates.restores * 2, Action::BackUp),
            (rates.restores, Action::Restore),
            (rates.garbage, Action::Garbage),
            (rates.jumps, Action::Jump),
            (rates.operators, Action::Operate),
        ];
        let total: u64 = weights.iter().map(|(weight, _)| weight).sum();
        let mut drawn = sim.rng.below(total as usize) as u64;
        for (weight, action) in weights {
            if drawn < weight {
                return action;
            }
            drawn -= weight;
        }
        Action::Network
    }

    /// A consumer hands over some records.
    fn consume(&mut self) {
        let mut sim = self.sim.get();
        let behind: Vec<(usize, TopicPartition)> = self
            .instances
            .iter()
            .enumerate()
            .filter_map(|(at, instance)| Some((at, instance.life.as_ref()?)))
            .flat_map(|(at, life)| {
                life.consumer.behind(&sim.broker).into_iter().map(move |origin| (at, origin))
            })
            .collect();
        let Some((at, origin)) = sim.rng.one_of(&behind).copied() else { return };
        let most = sim.rng.between(1, 6) as usize;
        let instance = &mut self.instances[at];
        let Some(life) = &mut instance.life else { return };
        let count = life.consumer.deliver(&sim.broker, origin, most);
        sim.note(|| format!("{} is handed {count} of {origin}", instance.name));
    }

    /// A client begins an instance.
    fn request(&mut self) {
        let which = {
            let mut sim = self.sim.get();
            let entries = self.saga.entries();
            let Some((service, entry)) = sim.rng.one_of(&entries).copied() else { return };
            let number = sim.requests.len() as i32 + 1;
            let request = Request::new(&mut sim.rng, service, Wish::Begin(entry), number);
            sim.requests.push(request);
            sim.requests.len() - 1
        };
        self.ask(which);
    }

    /// A client repeats a request, whether it was answered or not.
    fn ask_one_again(&mut self) {
        let which = {
            let mut sim = self.sim.get();
            let keyed: Vec<usize> = (0..sim.requests.len()).filter(|at| sim.requests[*at].keyed).collect();
            sim.rng.one_of(&keyed).copied()
        };
        if let Some(which) = which {
            self.sim.get().count("asked again");
            self.ask(which);
        }
    }

    /// Sends a request to any instance of its service.
    pub(super) fn ask(&mut self, which: usize) {
        let service = self.sim.get().requests[which].service;
        let running = self.running(self.databases[service].service);
        let at = self.sim.get().rng.one_of(&running).copied();
        if let Some(life) = at.and_then(|at| self.instances[at].life.as_ref()) {
            (life.ask)(&self.sim, which);
        }
    }

    /// An old message is published again.
    fn replay(&mut self) {
        let mut sim = self.sim.get();
        let places: Vec<TopicPartition> = sim.broker.logs.keys().copied().collect();
        let Some(place) = sim.rng.one_of(&places).copied() else { return };
        let messages: Vec<Logged> = sim.broker.logs[&place].iter().flatten().cloned().collect();
        let Some(message) = sim.rng.one_of(&messages).cloned() else { return };
        sim.fault("old message again", || format!("{place} {}", message.name()));
        sim.broker.append(place, Some(message));
    }

    /// An offset without a message.
    fn marker(&mut self) {
        let mut sim = self.sim.get();
        let places: Vec<TopicPartition> = sim.broker.logs.keys().copied().collect();
        let Some(place) = sim.rng.one_of(&places).copied() else { return };
        sim.count("hole in the offsets");
        sim.broker.append(place, None);
    }

    fn crash(&mut self) {
        let Some(at) = self.one_running() else { return };
        self.sim.get().fault("crash", || self.instances[at].name.clone());
        self.instances[at].kill();
        self.leave(at);
    }

    fn stop(&mut self) {
        let Some(at) = self.one_running() else { return };
        self.sim.get().fault("stop", || self.instances[at].name.clone());
        self.stopping.extend(self.instances[at].stop());
        self.leave(at);
    }

    fn one_running(&mut self) -> Option<usize> {
        let running: Vec<usize> =
            (0..self.instances.len()).filter(|at| self.instances[*at].life.is_some()).collect();
        self.sim.get().rng.one_of(&running).copied()
    }

    fn start_one(&mut self) {
        let down: Vec<usize> =
            (0..self.instances.len()).filter(|at| self.instances[*at].life.is_none()).collect();
        let at = self.sim.get().rng.one_of(&down).copied();
        if let Some(at) = at {
            self.start(at);
        }
        self.assign_orphans();
    }

    /// A partition is assigned to another instance, or to the same one again.
    fn rebalance(&mut self) {
        let keys: Vec<_> = self.owners.keys().copied().collect();
        let key = self.sim.get().rng.one_of(&keys).copied();
        let Some((service, partition)) = key else { return };
        let from = self.owners[&(service, partition)];
        let mut running = self.running(service);
        if running.len() > 1 && self.sim.get().rng.happens(800) {
            running.retain(|at| Some(*at) != from);
        }
        let to = self.sim.get().rng.one_of(&running).copied();
        let Some(to) = to else { return };
        let zombie = {
            let mut sim = self.sim.get();
            let zombies = sim.rates.zombies;
            from.is_some_and(|from| from != to) && sim.rng.happens(zombies)
        };
        let name = if zombie { "rebalance with a zombie" } else { "rebalance" };
        self.sim.get().fault(name, || format!("{service} {partition}"));
        if let Some(from) = from.filter(|_| !zombie) {
            let instance = &mut self.instances[from];
            if instance.assigned.remove(&partition)
                && let Some(life) = &mut instance.life
            {
                life.consumer.revoke(partition);
            }
        }
        self.assign(service, partition, to);
    }

    /// A database is replaced by a copy of itself: nothing is lost, but no service can know that.
    fn move_database(&mut self) {
        let databases = &self.databases;
        let mut sim = self.sim.get();
        let Some(database) = sim.rng.one_of(databases) else { return };
        let identity = format!("copy {}", sim.rng.number());
        sim.fault("database moved", || database.service.to_owned());
        database.inner.set_identity(identity);
    }

    /// The clock of a database jumps ahead or back, as one does that was found to be wrong.
    fn jump(&mut self) {
        let mut sim = self.sim.get();
        let Some(database) = sim.rng.one_of(&self.databases).cloned() else { return };
        let longest = *sim.rng.one_of(&[200, 5_000, 120_000]).unwrap();
        let by = Duration::from_millis(sim.rng.between(1, longest));
        if sim.rng.happens(500) {
            // After two restores, the clock alone tells which of them was later.
            if sim.rates.restores == 0 && sim.rng.happens(400) {
                sim.fault("clock set back", || format!("{} by {by:?}", database.service));
                return database.inner.set_back(by);
            }
            sim.fault("clock jumped", || format!("{} by {by:?}", database.service));
            return database.inner.advance(by);
        }
        // Deadlines of days would never pass otherwise.
        let shared = self.sim.clone();
        tokio::spawn(async move {
            let due = database.inner.session().await.unwrap().next_due().await.unwrap();
            let Some(due) = due.filter(|due| !due.is_zero()) else { return };
            shared.get().fault("clock jumped to what is due", || database.service.to_owned());
            database.inner.advance(due);
        });
    }

    /// A backup of a database is made.
    fn back_up(&mut self) {
        let mut sim = self.sim.get();
        let Some(database) = sim.rng.one_of(&self.databases) else { return };
        sim.note(|| format!("{} is backed up", database.service));
        self.backups.insert(database.service, database.inner.snapshot());
    }

    /// A database is lost, and put back as it was when it was copied last.
    fn restore(&mut self) {
        let mut sim = self.sim.get();
        let Some(database) = sim.rng.one_of(&self.databases) else { return };
        let Some(backup) = self.backups.get(database.service) else { return };
        let identity = format!("restored {}", sim.rng.number());
        sim.fault("database restored", || database.service.to_owned());
        sim.restored.insert(database.service);
        database.restore(backup, identity);
        if self.saga.team.repair().is_some_and(|repair| repair.service == database.service) {
            sim.is_repaired = false;
        }
    }
}
