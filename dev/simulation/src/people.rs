//! Clients that act on an instance that is under way: they approve, cancel, and do so late, twice, or at once.

use saga_runtime::record::TopicPartition;
use saga_runtime::store::StoredAnswer;
use serde_json::Value;

use super::client::{Request, Wish};
use super::plan::{Look, Named, Person, as_text};
use super::sim::Sim;
use super::world::World;

/// What a client asks of an instance.
pub(crate) struct Act {
    /// Which of the steps that wait for people it is.
    pub person: usize,
    /// The instance.
    pub correlation: String,
    /// What the path says.
    pub param: String,
    /// The body.
    pub body: String,
    /// How often it was sent.
    pub sent: u32,
    /// What came of it.
    pub outcomes: Vec<Outcome>,
}

/// An answer, and how the service stood before and after it.
pub(crate) struct Outcome {
    pub answer: StoredAnswer,
    pub before: Look,
    pub after: Look,
    /// Whether no answer to the same request can have been stored before.
    pub is_first: bool,
}

impl World {
    /// A person acts on an instance.
    pub(super) fn act_on_one(&mut self) {
        let which = {
            let mut sim = self.sim.get();
            let people = self.saga.plan.people();
            let person = sim.rng.below(people.len());
            let Some(act) = sim.draw_act(person, &people[person]) else { return };
            let number = sim.requests.len() as i32 + 1;
            let request = Request::new(&mut sim.rng, people[person].service, Wish::Act(act), number);
            sim.requests.push(request);
            sim.count("a person acts");
            sim.requests.len() - 1
        };
        self.ask(which);
    }
}

impl Sim {
    fn draw_act(&mut self, person: usize, of: &Person) -> Option<Act> {
        let service = &self.saga.clone().services[of.service];
        let recent = self.requests.iter().rev().find_map(|request| match &request.wish {
            Wish::Act(act) if act.correlation != service.unknown() => Some(act.correlation.clone()),
            _ => None,
        });
        let correlation = match recent {
            Some(recent) if self.rng.happens(300) => recent,
            _ if self.rng.happens(30) => service.unknown(),
            // Other clients publish under other keys.
            _ => Some(self.some_key())
                .filter(|key| service.could_name(key))
                .unwrap_or_else(|| service.unknown()),
        };
        let mut body: Value = serde_json::from_str(service.example(of.method, &of.path)?).ok()?;
        for value in body.as_object_mut()?.values_mut().filter(|value| value.is_boolean()) {
            *value = self.rng.happens(700).into();
        }
        // A client that does not know the row asks for one that no instance has, now and when it asks again.
        let named = self.param(of, &correlation).map(|param| (correlation, param));
        let (correlation, param) = named.unwrap_or_else(|| (service.unknown(), service.unknown()));
        let body = body.to_string();
        Some(Act { person, correlation, param, body, sent: 0, outcomes: Vec::new() })
    }

    /// What a path says to name an instance; none if it names a row that is not there.
    fn param(&self, of: &Person, correlation: &str) -> Option<String> {
        let Named::Row { table, key, correlation: column } = &of.named else {
            return Some(correlation.to_owned());
        };
        let rows = self.saga.services[of.service].rows(&self.databases[of.service], table);
        let mut own = rows.iter().filter(|row| as_text(row.get(column)).is_some_and(|it| it == correlation));
        own.next().and_then(|row| as_text(row.get(key)))
    }

    /// How a service stands to the request of a step for an instance.
    pub(crate) fn look(&self, person: &Person, correlation: &str) -> Look {
        let (service, database) = (&self.saga.services[person.service], &self.databases[person.service]);
        let plan = &self.saga.plan;
        let (mode, arrived) = service.step(database, person.step, plan.needs(person.step), correlation);
        let loaded = plan.loaded(person.step);
        let rows = loaded.map(|entity| entity.and_then(|entity| self.status(entity, correlation))).collect();
        let closed =
            plan.closers(person.step).iter().any(|it| self.has_handled(database.service, *it, correlation));
        Look { mode, arrived, rows, closed }
    }

    /// The status of the row of an instance, if there is one; a row without statuses is as one with a single one.
    fn status(&self, entity: usize, correlation: &str) -> Option<u8> {
        let (_, owned) = self.saga.plan.entities().find(|(at, _)| *at == entity)?;
        let at = self.databases.iter().position(|database| database.service == owned.service)?;
        let rows = self.saga.services[at].rows(&self.databases[at], owned.table);
        let row = rows
            .into_iter()
            .find(|row| as_text(row.get(&owned.column)).is_some_and(|it| it == correlation))?;
        if owned.statuses.is_empty() {
            return Some(0);
        }
        let status = row.get("status").as_str()?;
        owned.statuses.iter().position(|it| *it == status).and_then(|at| u8::try_from(at).ok())
    }

    /// Whether a service has handled a message of an instance.
    fn has_handled(&self, service: &'static str, message: usize, correlation: &str) -> bool {
        let plan = &self.saga.plan;
        let database = self.databases.iter().find(|database| database.service == service);
        let logs = self.broker.logs.iter().filter(|(at, _)| plan.topic_of(message) == at.topic);
        let messages = logs.flat_map(|(at, log)| (0..).zip(log).map(move |(offset, it)| (*at, offset, it)));
        let own = messages.filter(|(_, _, it)| {
            let body = it.as_ref().and_then(|it| serde_json::from_slice::<Value>(&it.value).ok());
            body.is_some_and(|body| {
                plan.message(plan.topic_of(message), &body) == Some(message)
                    && plan.correlation(plan.topic_of(message), &body).is_some_and(|it| it == correlation)
            })
        });
        let mut places = own.map(|(at, offset, _)| (at, offset));
        places.any(|(at, offset): (TopicPartition, i64)| {
            let input = format!("in:{}:{}", at.topic, at.partition);
            let mut shards = self.history.shards.iter();
            let read =
                shards.any(|((of, _), (name, next))| *of == service && *name == input && *next > offset);
            let here = |place: &saga_runtime::store::Place| {
                (&*place.topic, place.partition, place.offset) == (at.topic, at.partition, offset)
            };
            let left = database.is_some_and(|database| {
                database.inner.parked().iter().any(|row| here(&row.place))
                    || database.inner.dead().iter().any(|(row, _)| here(&row.place))
            });
            read && !left && !self.history.held.contains(&(service, at, offset))
        })
    }
}
