//! How a world comes to rest: no more faults, and everything that is left to do is done.

use std::time::Duration;

use saga_runtime::store::{DeadState, FailureInfo, Parked, Session as _, ShardId, Store as _};
use tokio::time::sleep;

use super::client;
use super::fault_rates::FaultRates;
use super::world::World;

/// How long a world may take to quiesce: a message that no database takes is given up after twenty tries,
/// most of them half a minute apart, and some are sent twice.
const REST: Duration = Duration::from_secs(2_400);
/// After this much more time every task has polled once more and found nothing.
const STILL: Duration = Duration::from_secs(12);
/// How often a quiescing world skips the time until a step is due.
const JUMPS: u32 = 100;
/// How long after its time a step may be due that nothing holds up: a database whose clock jumps ends the leases, and
/// a shard is taken again.
const PUNCTUAL: Duration = Duration::from_secs(15);
/// The same while what the last faults began is not over yet: a statement may have stalled.
const RECOVERED: Duration = Duration::from_secs(60);
/// How often a quiescing world moves on.
const BEAT: Duration = Duration::from_millis(50);
/// The same while nothing is in flight, and only parked messages are retried.
const SLOW_BEAT: Duration = Duration::from_secs(1);

impl World {
    /// Injects no more faults, and waits until nothing is left to do. Returns what is still left.
    pub(crate) async fn quiesce(&mut self) -> Vec<String> {
        let repairs = {
            let mut sim = self.sim.get();
            (sim.rates, sim.is_quiescing) = (FaultRates::default(), true);
            sim.rng.happens(500)
        };
        if repairs {
            self.repair();
        }
        self.sim.get().note(|| "quiescing".into());
        for at in 0..self.instances.len() {
            if self.instances[at].life.is_none() {
                self.start(at);
            }
        }
        self.tell_zombies(true);
        self.assign_orphans();
        let mut left = self.settle(RECOVERED).await;
        let mut jumps = 0;
        while left.is_empty()
            && let Some(due) = self.next_due().await
        {
            jumps += 1;
            if jumps > JUMPS {
                return vec![format!("a step is due again and again, in {due:?}")];
            }
            self.sim.get().note(|| format!("{due:?} pass until a step is due"));
            // Weeks of the services' own time would take too long.
            self.databases.iter().for_each(|database| database.inner.advance(due));
            left = self.settle(PUNCTUAL).await;
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

    /// Waits until there is nothing to do without waiting for a time that a step is due at; what is due is to be
    /// done after `punctual` at most. Returns what is still left.
    async fn settle(&mut self, punctual: Duration) -> Vec<String> {
        let (mut waited, mut overdue) = (Duration::ZERO, Duration::ZERO);
        let mut left = self.left().await;
        while !left.is_empty() && waited < REST {
            let beat = self.beat().await;
            let is_overdue = self.next_due().await == Some(Duration::ZERO);
            overdue = if is_overdue { overdue + beat } else { Duration::ZERO };
            if overdue > punctual {
                return vec![format!("a step has been overdue for {overdue:?}")];
            }
            waited += beat;
            left = self.left().await;
        }
        left
    }

    /// How long it is until some step is due; none if none is.
    async fn next_due(&self) -> Option<Duration> {
        let mut next: Option<Duration> = None;
        for database in &self.databases {
            let due = database.inner.session().await.unwrap().next_due().await.unwrap();
            next = next.into_iter().chain(due).min();
        }
        next
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
        let waiting: Vec<usize> = {
            let sim = self.sim.get();
            let waits = |at: &usize| sim.requests[*at].waits() && sim.requests[*at].asking == 0;
            (0..sim.requests.len()).filter(waits).collect()
        };
        waiting.into_iter().for_each(|which| self.ask(which));
    }

    /// What is left to do; what is quick to find is not looked for any further.
    async fn left(&self) -> Vec<String> {
        let mut left = self.unread();
        if left.is_empty() {
            left = self.unhandled();
        }
        if left.is_empty() {
            left = self.unsent().await;
        }
        if left.is_empty() && self.next_due().await == Some(Duration::ZERO) {
            left.push("a step is overdue".into());
        }
        left
    }

    /// Everything that is on its way, and the tasks that do not take it.
    fn unread(&self) -> Vec<String> {
        let broken = self.instances.iter().filter(|instance| instance.is_broken());
        let mut left: Vec<String> =
            broken.map(|instance| format!("a task of {} has ended", instance.name)).collect();
        let sim = self.sim.get();
        let waiting = sim.requests.iter().filter(|request| request.waits());
        left.extend(waiting.map(|request| format!("request {} is not answered", request.number)));
        if !sim.broker.is_quiet() {
            left.push("messages are on their way".into());
        }
        for service in &self.saga.services {
            let name = service.name();
            let logs = sim.broker.logs.iter().filter(|(at, _)| service.consumes().contains(&at.topic));
            for (at, log) in logs {
                let end = log.iter().rposition(Option::is_some).map_or(0, |last| last as i64 + 1);
                // A shard that no instance has taken over yet has read nothing.
                let input = format!("in:{}:{}", at.topic, at.partition);
                let mut shards = sim.history.shards.iter();
                let next = shards.find(|((of, _), (known, _))| *of == name && *known == input);
                let next = next.map_or(0, |(_, (_, next))| (*next).max(0));
                if next < end {
                    left.push(format!("{name} has read {input} to {next} of {end}"));
                }
            }
        }
        left
    }

    /// Messages that are parked or given up, and can be handled.
    fn unhandled(&self) -> Vec<String> {
        let mut left = Vec::new();
        let sim = self.sim.get();
        // What a restored database decides again may come to a row that is there, at a step that cannot fail,
        // and a command may name a row that only the lost part had.
        let has_lost = |failure: &FailureInfo| {
            !sim.restored.is_empty() && matches!(failure.reason, "rejected" | "nothing-to-compensate")
        };
        for database in &self.databases {
            let service = database.service;
            let parked = database.inner.parked();
            // A message behind such a one waits for the operator, too.
            let lost: Vec<_> = parked.iter().filter(|row| has_lost(&row.failure)).collect();
            let is_held_up = |row: &Parked| {
                let ahead = |at: &Parked| at.place.topic == row.place.topic && at.queue == row.queue;
                row.failure.reason == "behind" && lost.iter().any(|lost| ahead(lost))
            };
            let parked = parked.iter().filter(|row| !has_lost(&row.failure) && !is_held_up(row));
            for row in parked.filter(|row| !sim.awaits_repair(service, &row.place)) {
                left.push(format!("{service} has parked {:?}: {:?}", row.place, row.failure));
            }
            let dead = database.inner.dead().into_iter().filter(|(_, state)| *state == DeadState::Dead);
            let dead = dead.filter(|(row, _)| !has_lost(&row.failure));
            for (row, _) in dead.filter(|(row, _)| !sim.is_broken(service, &row.place)) {
                left.push(format!("{service} has dead-lettered {:?}: {:?}", row.place, row.failure));
            }
        }
        left
    }

    /// Messages in outboxes that are not acknowledged.
    async fn unsent(&self) -> Vec<String> {
        let mut left = Vec::new();
        for database in &self.databases {
            let service = database.service;
            let shards: Vec<ShardId> = {
                let sim = self.sim.get();
                let shards = sim.history.shards.keys().filter(|(of, _)| *of == service);
                shards.map(|(_, shard)| *shard).collect()
            };
            let mut session = database.inner.session().await.unwrap();
            for shard in shards {
                let page = session.outbox_page(shard, 0, 1).await.unwrap();
                if let Some(row) = page.rows.first() {
                    left.push(format!(
                        "{service}/{} has not sent or not deleted message {}",
                        shard.0, row.seq
                    ));
                }
            }
        }
        left
    }
}
