//! Whether every instance came to an end that the proof knows, with each effect once.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::StoredStep;
use saga_step::Mode;

use super::Evidence;
use super::evidence::Message;
use crate::faults::Place;
use crate::plan::{Seen, Stuck};
use crate::saga::Saga;
use crate::team::Origin;

/// How often a message is tried before a step is given up.
const TRIES: u32 = 10;

pub(super) fn judge(saga: &Saga, evidence: &Evidence) -> Vec<String> {
    let mut findings = Vec::new();
    let mut messages: BTreeMap<&str, Vec<&Message>> = BTreeMap::new();
    for message in evidence.all_messages() {
        messages.entry(&message.correlation).or_default().push(message);
    }
    for correlation in evidence.correlations(saga) {
        let origin = saga.team.origin(&correlation, evidence);
        if origin == Origin::Stray {
            continue;
        }
        let messages = messages.get(correlation.as_str()).map_or(&[][..], Vec::as_slice);
        let instance = Instance::of(saga, evidence, &correlation, messages);
        let found = instance.judge(origin);
        findings.extend(found.into_iter().map(|what| format!("instance {correlation}: {what}")));
    }
    findings
}

/// What is left of one instance.
struct Instance<'e> {
    saga: &'e Saga,
    evidence: &'e Evidence,
    correlation: &'e str,
    /// The different messages of each kind.
    published: Vec<BTreeSet<&'e str>>,
    /// What will never be handled.
    stuck: Stuck,
    /// The statuses of rows by entity, one for each row.
    rows: BTreeMap<usize, Vec<Option<u8>>>,
}

impl<'e> Instance<'e> {
    fn of(saga: &'e Saga, evidence: &'e Evidence, correlation: &'e str, messages: &[&'e Message]) -> Self {
        let mut published = vec![BTreeSet::new(); saga.plan.messages()];
        let mut stuck = Stuck::new();
        for message in messages {
            let Some(kind) = saga.plan.message(message.topic, &message.body) else { continue };
            published[kind].insert(message.id.as_str());
            for service in saga.services.iter().filter(|it| it.consumes().contains(&message.topic)) {
                if evidence.is_unhandled(service.name(), message) {
                    stuck.extend(saga.plan.handles(service.name(), kind));
                }
            }
        }
        let mut rows = BTreeMap::new();
        for (entity, owned) in saga.plan.entities() {
            let status = |text: &str| owned.statuses.iter().position(|it| *it == text);
            let all = evidence.rows(owned.service, owned.table);
            let own = all.filter(|row| {
                crate::plan::as_text(row.get(&owned.column)).is_some_and(|it| it == correlation)
            });
            let statuses = own.map(|row| match owned.statuses.is_empty() {
                true => Some(0),
                false => row.get("status").as_str().and_then(status).and_then(|at| u8::try_from(at).ok()),
            });
            rows.insert(entity, statuses.collect());
        }
        Self { saga, evidence, correlation, published, stuck, rows }
    }

    fn judge(&self, origin: Origin) -> Vec<String> {
        let plan = &self.saga.plan;
        let mut findings = self.repeated(origin);
        if let Err(difference) = plan.ends_well(self, &self.stuck, origin == Origin::Outside) {
            let stuck: Vec<String> =
                self.stuck.iter().map(|(message, _)| plan.message_name(*message)).collect();
            let unless =
                if stuck.is_empty() { String::new() } else { format!(" without {}", stuck.join(", ")) };
            findings.push(format!("it has not come to an end that is proved{unless}: {difference}"));
        }
        findings.extend(self.groundless());
        findings
    }

    /// Effects that happened more than once.
    fn repeated(&self, origin: Origin) -> Vec<String> {
        let plan = &self.saga.plan;
        let mut findings = Vec::new();
        for (message, different) in self.published.iter().enumerate() {
            // What an external producer may publish comes any number of times.
            let is_foreign = plan.is_external(message) || (origin == Origin::Outside && self.begins(message));
            let bound = if is_foreign { usize::MAX } else { plan.senders(message) };
            if different.len() > bound {
                findings.push(format!(
                    "{} was published {} times",
                    plan.message_name(message),
                    different.len()
                ));
            }
        }
        for (entity, rows) in self.rows.iter().filter(|(entity, rows)| rows.len() > plan.creators(**entity)) {
            findings.push(format!("it has {} rows of {}", rows.len(), plan.entity_name(*entity)));
        }
        findings
    }

    fn begins(&self, message: usize) -> bool {
        self.saga.plan.is_published_at_the_beginning(message)
    }

    /// Steps that failed although nothing closed them, and their handlers neither said no nor failed often.
    fn groundless(&self) -> Vec<String> {
        let plan = &self.saga.plan;
        let mut findings = Vec::new();
        for (step, closers, failure) in plan.failing() {
            let closed = closers.iter().any(|message| !self.published[*message].is_empty());
            if closed || self.published[failure].is_empty() || plan.senders(failure) > 1 {
                continue;
            }
            let (name, service) = (plan.step_name(step), plan.service_of(step));
            let cases = self.evidence.cases.iter().filter(|((_, of), _)| of == self.correlation);
            // Any step at its service: they are all tried again with the message on which one of them failed.
            let here = cases.filter(|((place, _), _)| match place {
                Place::Handler(of) => plan.service_of_step(of) == Some(service),
                Place::Database(of) => *of == service,
                Place::Compensation(_) => false,
            });
            let here: Vec<_> = here.collect();
            let own = here.iter().find(|((place, _), _)| matches!(place, Place::Handler(of) if *of == name));
            let asked = own.is_some();
            let tries: u32 = here.iter().map(|(_, case)| case.failed).sum();
            let grounds = own.is_some_and(|(_, case)| case.rejected || case.closed)
                || self.has_called(name)
                // That was found already.
                || self.evidence.panicked.iter().any(|(of, key)| *of == name && key == self.correlation)
                // Other faults of the database may have failed some of the attempts.
                || tries >= TRIES / 2
                // A row that it needs may not have been there.
                || (plan.shares_rows(step) && !asked);
            if !grounds {
                findings.push(format!("{name} failed for no reason"));
            }
        }
        findings
    }
}

impl Instance<'_> {
    /// Whether a step has called: it may have been refused, or not been answered.
    fn has_called(&self, step: &str) -> bool {
        self.evidence.called.keys().any(|(of, correlation)| *of == step && correlation == self.correlation)
    }

    fn step_row(&self, step: usize) -> Option<&StoredStep> {
        let key = (self.saga.plan.step_name(step).to_owned(), self.correlation.to_owned());
        self.evidence.steps.get(&key)
    }
}

impl Seen for Instance<'_> {
    fn mode(&self, step: usize) -> Mode {
        self.step_row(step).map(|row| row.mode.parse().expect("a mode")).unwrap_or_default()
    }

    fn compensated(&self, step: usize) -> u64 {
        let key = (self.saga.plan.step_name(step).to_owned(), self.correlation.to_owned());
        self.evidence.compensated(&key) as u64
    }

    fn published(&self, message: usize) -> usize {
        self.published[message].len()
    }

    fn status(&self, entity: usize) -> Option<u8> {
        let rows = self.rows.get(&entity)?;
        rows.first().copied().flatten()
    }
}
