//! Where the model and the services may differ.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::Refusal;
use saga_step::Mode;
use saga_step::flow::{Act, Compensation, Note, Standing, Start};

use super::books::Books;
use super::place::{Refused, Sent};
use super::run::{Instance, Run};
use super::script::Word;
use super::stored::{arrived, compensated};

impl Run<'_> {
    /// Whether the same steps keep rows.
    pub(super) fn compare_places(&self) -> Result<(), String> {
        for (service, place) in self.places.iter().enumerate() {
            let name = self.saga.spec.services()[service].name.as_str();
            same("the service", &name, &place.name())?;
            let kept: BTreeSet<String> = place.kept().into_iter().map(str::to_owned).collect();
            same(&format!("the steps of {name} with a row"), &self.saga.kept(self.flow, service), &kept)?;
        }
        Ok(())
    }

    /// What happened in one transaction: what was published, and who was asked.
    pub(super) fn compare_deeds(
        &self,
        notes: &[Note],
        sent: &[Sent],
        asked: &[String],
    ) -> Result<(), String> {
        let expected = notes.iter().filter_map(|note| match note {
            Note::Sent(message) => Some(*message),
            _ => None,
        });
        let published = sent.iter().map(|it| self.saga.message(it.topic, &it.body));
        let published: Option<Vec<usize>> = published.collect();
        let published = published.ok_or("a message that the file does not have")?;
        let names = |messages: &mut dyn Iterator<Item = usize>| self.saga.names(messages);
        same("published", &names(&mut expected.into_iter()), &names(&mut published.into_iter()))?;

        let mut ran: Vec<&str> = notes
            .iter()
            .filter_map(|note| match *note {
                Note::Succeeded(step, _) | Note::Rejected(step) | Note::GaveUp(step) => {
                    Some(self.saga.step_name(step)).filter(|_| self.saga.is_asked(step))
                }
                Note::Compensated(step) => {
                    self.saga.undoes.get(self.saga.step_name(step)).map(String::as_str)
                }
                _ => None,
            })
            .collect();
        ran.sort_unstable();
        same("asked", &ran, &asked.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Where an instance stands.
    pub(super) fn compare(&mut self, at: usize) -> Result<(), String> {
        self.compare_flights(&self.instances[at])?;
        let Some(correlation) = self.instances[at].correlation.clone() else { return Ok(()) };
        self.compare_steps(at, &correlation)?;
        self.compare_times(at, &correlation)?;
        self.compare_rows(&self.instances[at], &correlation)?;
        self.compare_books()
    }

    fn compare_flights(&self, instance: &Instance) -> Result<(), String> {
        for (channel, it) in self.flow.channels().iter().enumerate() {
            let expected = usize::from(self.flow.in_flight(&instance.state, channel));
            let flight = instance.flights.get(&(it.message, it.service));
            let name =
                format!("{} to {}", self.saga.message_name(it.message), self.places[it.service].name());
            same(&name, &expected, &flight.map_or(0, |flight| flight.len()))?;
        }
        Ok(())
    }

    /// The rows of steps: where they stand and, as long as they wait, what has arrived.
    fn compare_steps(&mut self, at: usize, correlation: &str) -> Result<(), String> {
        let flow = self.flow;
        for (step, def) in flow.steps().iter().enumerate().filter(|(_, def)| def.kept) {
            let state = &self.instances[at].state;
            let name = self.saga.step_name(step);
            let place = &mut self.places[def.service];
            let kept = place.kept().into_iter().find(|kept| *kept == name).ok_or("a step without a row")?;
            let row = place.step_row(kept, correlation);
            let mode = flow.mode(state, step);
            let stored = row.as_ref().map_or(Mode::Waiting.as_str(), |row| &row.mode);
            same(name, &mode.as_str(), &stored)?;
            if matches!(def.undo, Compensation::Derived { .. }) {
                let (of, undone) = (flow.compensated(state, step) as u8, row.as_ref().map_or(0, compensated));
                same(&format!("how far {name} is compensated"), &of, &undone)?;
            }
            if mode == Mode::Waiting {
                let declared = self.saga.spec.step(self.saga.model.steps[step]);
                let needs = declared.needs_all().chain(declared.needs_one());
                let there = needs.enumerate().filter(|(need, _)| flow.has_arrived(state, step, *need));
                let event = |event| self.saga.spec.event(event).name.as_str();
                let there = there.map(|(_, (_, it))| snake(event(it.event)));
                let there: BTreeSet<String> = there.collect();
                let seen = row.as_ref().map(arrived).unwrap_or_default();
                same(&format!("what has arrived at {name}"), &there, &seen)?;
            }
        }
        Ok(())
    }

    /// Which steps wait for a time: their deadline, or the next attempt of a call.
    fn compare_times(&mut self, at: usize, correlation: &str) -> Result<(), String> {
        let (flow, state) = (self.flow, &self.instances[at].state);
        for (service, place) in self.places.iter_mut().enumerate() {
            let steps = flow.steps().iter().enumerate().filter(|(_, def)| def.service == service);
            let waits = steps.filter(|(step, def)| {
                def.deadline && flow.can(state, Act::Deadline(*step))
                    || def.calls && flow.can(state, Act::Answer(*step))
            });
            let waits: BTreeSet<String> =
                waits.map(|(step, _)| self.saga.step_name(step).to_owned()).collect();
            same(&format!("what is due at {}", place.name()), &waits, &place.due(correlation))?;
        }
        Ok(())
    }

    /// What only the team expects of the rows.
    fn compare_books(&self) -> Result<(), String> {
        let mut effects = BTreeMap::new();
        for (step, effect) in self.instances.iter().flat_map(|instance| &instance.effects) {
            *effects.entry(self.saga.step_name(*step)).or_default() += effect;
        }
        (self.saga.balances)(&Books { places: &self.places, effects })
    }

    /// What every request that a step waits for would be answered now.
    pub(super) fn compare_requests(&mut self, at: usize) -> Result<(), String> {
        let Some(correlation) = self.instances[at].correlation.clone() else { return Ok(()) };
        let flow = self.flow;
        let waiting = flow.steps().iter().enumerate().filter(|(_, def)| def.start == Start::Person);
        for (step, def) in waiting {
            let standing = flow.standing_in(&self.instances[at].state, step);
            let name = self.saga.step_name(step);
            let wish = self.wish(step, at, Some(Word::Way(0)));
            let answer = match self.places[def.service].would_answer(name, &correlation, wish.as_ref()) {
                Ok(sent) if sent.is_empty() && !def.successes[0].is_empty() => "nothing happens",
                Ok(_) => "it is performed",
                Err(Refused::By(Refusal::NotFound { .. })) => "404",
                Err(Refused::By(Refusal::Conflict { .. })) => "409",
                Err(other) => return Err(format!("the request of {name}: {other:?}")),
            };
            let expected = match standing {
                Standing::Ready => "it is performed",
                Standing::Already => "nothing happens",
                Standing::Unheard | Standing::NoRow(_) => "404",
                Standing::Unfit(_) | Standing::Early | Standing::Answered | Standing::Closed => "409",
            };
            same(&format!("the request of {name}, which is {standing:?}"), &expected, &answer)?;
        }
        Ok(())
    }

    /// The rows that the instance has created, and their statuses.
    fn compare_rows(&self, instance: &Instance, correlation: &str) -> Result<(), String> {
        let spec = &self.saga.spec;
        for (at, id) in self.saga.model.entities.iter().enumerate() {
            let entity = spec.entity(*id);
            let (table, by) = self.saga.owned(*id);
            let place = &self.places[entity.service.index()];
            let rows = place.rows(table, &by, correlation);
            same(&format!("rows of {}", entity.name), instance.created.get(&at).unwrap_or(&0), &rows.len())?;
            let status = self.flow.status(&instance.state, at);
            same(&format!("whether there is a {}", entity.name), &status.is_some(), &!rows.is_empty())?;
            let names = entity.status.as_ref().zip(status);
            let name = names.and_then(|(names, status)| names.all().nth(usize::from(status)));
            let stored = rows.into_iter().next().flatten();
            same(&format!("the status of {}", entity.name), &name.map(|it| it.as_str()), &stored.as_deref())?;
        }
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, model: &T, service: &T) -> Result<(), String> {
    if model == service {
        return Ok(());
    }
    Err(format!("{what}: the model has {model:?}, the service {service:?}"))
}

/// The name of a column or an input: `orderId` and `OrderId` are `order_id`.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
