//! Operators who act on parked messages and dead letters, and repair databases.

use saga_runtime::record::TopicPartition;
use saga_runtime::store::{DeadState, Place};
use serde_json::Value;

use super::database::Database;
use super::faults::{self, Lasting};
use super::sim::Sim;
use super::team::Unhandled;
use super::world::World;

/// What an operator does.
#[derive(Debug, Clone, Copy)]
enum Operation {
    RetryNow,
    Redrive,
    Drop,
    Repair,
}

impl World {
    /// An operator acts on parked messages or dead letters.
    pub(super) fn operate(&mut self) {
        let database = {
            let mut sim = self.sim.get();
            sim.rng.one_of(&self.databases).cloned()
        };
        let Some(database) = database else { return };
        let operations = [
            Operation::RetryNow,
            Operation::RetryNow,
            Operation::RetryNow,
            Operation::Redrive,
            Operation::Drop,
            Operation::Repair,
        ];
        let operation = self.sim.get().rng.one_of(&operations).copied();
        let places: Vec<Place> = match operation {
            Some(Operation::RetryNow) => database.inner.parked().into_iter().map(|row| row.place).collect(),
            Some(Operation::Redrive) => dead(&database).collect(),
            Some(Operation::Drop) => {
                let places = database.inner.parked().into_iter().map(|row| row.place);
                let sim = self.sim.get();
                places.filter(|place| sim.may_drop(database.service, place)).collect()
            }
            Some(Operation::Repair) => return self.repair(),
            None => return,
        };
        let place = self.sim.get().rng.one_of(&places).cloned();
        if let (Some(operation), Some(place)) = (operation, place) {
            self.carry_out(operation, database, place);
        }
    }

    fn carry_out(&mut self, operation: Operation, database: Database, place: Place) {
        let (saga, sim) = (self.saga.clone(), self.sim.clone());
        let name = format!("{operation:?} of {}[{}]@{}", place.topic, place.partition, place.offset);
        let letters = database.inner.dead().into_iter();
        if let Some((letter, _)) = letters.into_iter().find(|(letter, _)| letter.place == place) {
            sim.get().note(|| format!("{name} died: {}", letter.failure.error));
        }
        sim.get().fault("operator", || format!("{name} of {}", database.service));
        // It may have to wait for an open transaction.
        tokio::spawn(async move {
            let done = match operation {
                Operation::RetryNow => database.inner.retry_now(&place).await,
                Operation::Redrive => database.inner.redrive(&place).await,
                Operation::Drop | Operation::Repair => database.inner.drop_parked(&place).await,
            };
            let mut sim = sim.get();
            if done && matches!(operation, Operation::Redrive) {
                sim.history.redriven(&saga, database.service, &place);
            }
            sim.note(|| format!("{name} is done: {done}"));
        });
    }

    /// Repairs what was broken from the start, if anything was.
    pub(super) fn repair(&mut self) {
        let Some(repair) = self.saga.team.repair() else { return };
        let mut sim = self.sim.get();
        if std::mem::replace(&mut sim.is_repaired, true) {
            return;
        }
        sim.note(|| format!("an operator repairs the database of {}", repair.service));
        let database = self.databases.iter().find(|database| database.service == repair.service);
        tokio::spawn((repair.make)(database.expect("one of the services").inner.clone()));
    }

    /// Redrives every dead letter that can be handled by now; done while the world quiesces.
    pub(super) fn redrive_what_can_be_handled(&mut self) {
        for database in self.databases.clone() {
            for place in dead(&database).collect::<Vec<_>>() {
                let broken = self.sim.get().is_broken(database.service, &place);
                if !broken {
                    self.carry_out(Operation::Redrive, database.clone(), place);
                }
            }
        }
    }
}

impl Sim {
    /// Whether the message at `place` cannot be handled before something is repaired.
    pub(crate) fn awaits_repair(&self, service: &'static str, place: &Place) -> bool {
        let judge =
            |body| self.saga.team.awaits_repair(&Unhandled { service, topic: &place.topic, body: &body });
        !self.is_repaired && self.body(place).is_some_and(judge)
    }

    fn may_drop(&self, service: &'static str, place: &Place) -> bool {
        let judge = |body| self.saga.team.may_drop(&Unhandled { service, topic: &place.topic, body: &body });
        self.body(place).is_some_and(judge)
    }

    /// What the message at `place` says, if it can be read.
    pub(crate) fn body(&self, place: &Place) -> Option<Value> {
        let at = |at: &TopicPartition| at.topic == place.topic && at.partition == place.partition;
        let (_, log) = self.broker.logs.iter().find(|(found, _)| at(found))?;
        let message = log.get(usize::try_from(place.offset).ok()?)?.as_ref()?;
        if self.garbage.contains(&message.value) {
            return None;
        }
        serde_json::from_slice(&message.value).ok()
    }

    /// Whether a service can never handle the message at `place`, as this world is made.
    pub(crate) fn is_broken(&self, service: &'static str, place: &Place) -> bool {
        let Some(body) = self.body(place) else { return true };
        let Some(correlation) = self.saga.plan.correlation(&place.topic, &body) else { return true };
        let case = self.cases.get(&(faults::Place::Database(service), correlation));
        case.is_some_and(|case| case.lasts == Lasting::Always)
    }
}

/// The dead letters of a service.
fn dead(database: &Database) -> impl Iterator<Item = Place> {
    let dead = database.inner.dead().into_iter().filter(|(_, state)| *state == DeadState::Dead);
    dead.map(|(letter, _)| letter.place)
}
