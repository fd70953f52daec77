//! What the proof found, in the words of the file: which property fails, the
//! run that shows it, and how to fix it.
//!
//! Texts are in [`findings`], `remedies` and `run`; here is what they have
//! in common.

mod conflicts;
mod findings;
mod remedies;
mod run;
mod subscriptions;
mod summary;
mod unreachable;

pub(super) use findings::too_large;
pub use summary::summary;
pub use unreachable::unreachable;

use saga_step::flow::State;

use super::Exploration;
use super::properties::Violation;
use super::trace::{Cause, Effect, Message, Named, Trace, TraceStep};
use crate::diagnostic::Diagnostic;
use crate::resolved::{CompensationKind, Entity, EntityId, Resolved, Step};
use crate::source::Span;
use remedies::Remedies;

/// A finding for each property that some run violates.
pub fn findings(spec: &Resolved, exploration: &Exploration) -> Vec<Diagnostic> {
    let violations = exploration.violations.iter();
    violations.map(|(violation, end)| finding(spec, exploration, *violation, *end)).collect()
}

/// The run that leads to an end.
pub fn trace(spec: &Resolved, exploration: &Exploration, end: u32) -> Trace {
    Trace::of(spec, &exploration.model, &exploration.space, end)
}

fn finding(spec: &Resolved, exploration: &Exploration, violation: Violation, end: u32) -> Diagnostic {
    let mut state = exploration.model.flow.unbegun();
    state.copy_from(exploration.space.bytes_of(end as usize));
    let trace = trace(spec, exploration, end);
    let report = Report { spec, exploration, state, trace: &trace };
    let relevant = |step: &TraceStep| report.is_relevant(violation, step);
    let summary = run::summary(spec, &trace, relevant, &report.outcome(violation));
    report.finding(violation).summary(summary).run(run::run_steps(spec, &trace))
}

/// One end that violates a property, and the run that leads to it.
struct Report<'a> {
    spec: &'a Resolved,
    exploration: &'a Exploration,
    state: State,
    trace: &'a Trace,
}

impl<'a> Report<'a> {
    /// Whether a step of the trace belongs in the summary of the run: it ends a
    /// row, acts, or fails.
    fn is_relevant(&self, violation: Violation, trace_step: &TraceStep) -> bool {
        let by_cause = match (violation, trace_step.cause) {
            (_, Cause::NeverOutside(_)) => true,
            // A request that only changes fields of a row holds nothing up.
            (_, Cause::NeverRequest(step)) => {
                let idle = self.spec.step(step);
                !idle.triggers.is_empty() || idle.rows.iter().any(|row| row.to.is_some())
            }
            (Violation::WaitsForever { step, .. }, Cause::Message((event, _))) => {
                let waiting = self.step(step);
                let needs = waiting.triggers.iter().any(|it| it.event == event);
                trace_step.service == Some(waiting.service) && needs
            }
            _ => false,
        };
        by_cause || trace_step.effects.iter().any(|effect| self.is_relevant_effect(violation, effect))
    }

    fn is_relevant_effect(&self, violation: Violation, effect: &Effect) -> bool {
        let model = &self.exploration.model;
        match (violation, effect) {
            (
                Violation::Unfinished { entity } | Violation::ConflictingEnds { entity },
                Effect::Row(row, _),
            ) if *row == model.entities[entity] => true,
            (_, Effect::Row(row, Some(status))) => {
                self.spec.entity(*row).status.as_ref().is_some_and(|all| all.is_end(status))
            }
            (
                Violation::Unfinished { .. } | Violation::WaitsForever { .. },
                Effect::Closed(_) | Effect::Rejected(_) | Effect::Passed(_),
            ) => true,
            (
                Violation::Uncompensated { step }
                | Violation::NotCompensated { step }
                | Violation::CompensatedThoughDone { step }
                | Violation::RunsTwice { step }
                | Violation::CompensatedTwice { step }
                | Violation::WaitsForever { step, .. },
                Effect::Succeeded(it) | Effect::Compensated(it) | Effect::GaveUp(it),
            ) => *it == model.steps[step],
            (Violation::ConflictingEnds { entity }, Effect::Passed(step)) => {
                self.remedies().would_end(self.spec.step(*step), model.entities[entity])
            }
            _ => false,
        }
    }

    fn entity(&self, entity: usize) -> &'a Entity {
        self.spec.entity(self.id(entity))
    }

    fn id(&self, entity: usize) -> EntityId {
        self.exploration.model.entities[entity]
    }

    fn step(&self, step: usize) -> &'a Step {
        self.spec.step(self.exploration.model.steps[step])
    }

    fn remedies(&self) -> Remedies<'_> {
        Remedies { spec: self.spec, model: &self.exploration.model, state: &self.state, trace: self.trace }
    }

    /// The status of a row at the end, and where its statuses are declared.
    fn status(&self, entity: usize) -> (String, Span) {
        let status = self.exploration.model.flow.status(&self.state, entity);
        let declared = self.entity(entity);
        let all = declared.status.as_ref();
        let name = all.zip(status).and_then(|(all, at)| all.all().nth(usize::from(at)));
        (name.map_or_else(String::new, ToString::to_string), all.map_or(declared.span, |all| all.span))
    }

    /// The name of a step's compensation, and where it is declared.
    fn compensation(&self, step: &Step) -> (String, Span) {
        let found = self.spec.compensation_of(step.id);
        let name = found.and_then(|found| match &found.kind {
            CompensationKind::Derived { step, .. } | CompensationKind::Command { step, .. } => Some(*step),
            CompensationKind::Nothing => None,
        });
        let name = name.map_or_else(String::new, |step| self.spec.step(step).name.to_string());
        (name, found.map_or(step.span, |found| found.span))
    }

    /// The message that would have ended a row the other way, and the status it
    /// would have given it.
    fn losing_end(&self, entity: usize) -> Option<(Message, String)> {
        let remedies = self.remedies();
        let (step, message) = remedies.losing_step(self.id(entity))?;
        let to = step.rows.iter().filter(|row| row.entity == self.id(entity)).find_map(|row| row.to.as_ref());
        to.map(|to| (message, to.to_string()))
    }
}

/// A message as findings quote it.
fn quoted(spec: &Resolved, message: Message) -> String {
    format!("`{}`", Named(spec, message))
}
