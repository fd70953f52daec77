//! What the proof found, as findings: where, by which run, and the way out.

mod ends;
mod remedies;
mod run;
mod summary;
mod unreachable;

pub use summary::summary;
pub use unreachable::unreachable;

use saga_step::flow::State;

use super::Exploration;
use super::properties::Violation;
use super::trace::{Cause, Effect, Message, Named, Trace, TraceStep};
use crate::diagnostic::{Code, Diagnostic, one_of};
use crate::resolved::{CompensationKind, Entity, EntityId, HandlerKind, Resolved, Step};
use crate::source::Span;
use remedies::Remedies;

/// All findings of an exploration.
pub fn findings(spec: &Resolved, exploration: &Exploration) -> Vec<Diagnostic> {
    exploration
        .violations
        .iter()
        .map(|(violation, end)| finding(spec, exploration, *violation, *end))
        .collect()
}

/// The run that shows a violation.
pub fn trace(spec: &Resolved, exploration: &Exploration, end: u32) -> Trace {
    Trace::of(spec, &exploration.model, &exploration.space, end)
}

fn finding(spec: &Resolved, exploration: &Exploration, violation: Violation, end: u32) -> Diagnostic {
    let mut state = exploration.model.flow.unbegun();
    state.copy_from(exploration.space.bytes_of(end as usize));
    let trace = trace(spec, exploration, end);
    let report = Report { spec, exploration, state, trace: &trace };
    let summary = run::summary(
        spec,
        &trace,
        |trace_step| report.matters(violation, trace_step),
        &report.in_the_end(violation),
    );
    report.finding(violation).summary(summary).run(run::run_steps(spec, &trace))
}

/// One violation, and the end that shows it.
struct Report<'a> {
    spec: &'a Resolved,
    exploration: &'a Exploration,
    state: State,
    trace: &'a Trace,
}

impl<'a> Report<'a> {
    fn finding(&self, violation: Violation) -> Diagnostic {
        match violation {
            Violation::Unfinished { entity } => self.unfinished(entity),
            Violation::MixedOutcome { done, failed } => self.mixed_outcome(done, failed),
            Violation::WaitsForever { step, need } => self.waits_forever(step, need),
            Violation::Uncompensated { step } => self.uncompensated(step),
            Violation::NotCompensated { step } => self.not_compensated(step),
            Violation::CompensatedThoughDone { step } => self.compensated_though_done(step),
            Violation::RunsTwice { step } => self.runs_twice(step),
            Violation::CompensatedTwice { step } => self.compensated_twice(step),
            Violation::ConflictingEnds { entity } => self.conflicting_ends(entity),
        }
    }

    /// Whether a step of the trace belongs to what is wrong: it ends a row, acts, or fails.
    fn matters(&self, violation: Violation, trace_step: &TraceStep) -> bool {
        let model = &self.exploration.model;
        let told = match (violation, trace_step.cause) {
            (_, Cause::NeverOutside(_)) => true,
            // Who only changes a row on the way keeps nothing waiting.
            (_, Cause::NeverRequest(step)) => {
                let idle = self.spec.step(step);
                !idle.triggers.is_empty() || idle.rows.iter().any(|row| row.to.is_some())
            }
            (Violation::WaitsForever { step, .. }, Cause::Message((event, _))) => {
                let waiting = self.step(step);
                trace_step.service == Some(waiting.service)
                    && waiting.triggers.iter().any(|it| it.event == event)
            }
            _ => false,
        };
        told || trace_step.effects.iter().any(|effect| match (violation, effect) {
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
        })
    }

    /// What is wrong in the end, behind the line of the run.
    fn in_the_end(&self, violation: Violation) -> String {
        match violation {
            Violation::Unfinished { entity } => {
                format!("{} stays {}", self.entity(entity).name, self.status(entity).0)
            }
            Violation::MixedOutcome { done, failed } => format!(
                "{} is {}, {} is {}",
                self.entity(done).name,
                self.status(done).0,
                self.entity(failed).name,
                self.status(failed).0
            ),
            Violation::WaitsForever { step, .. } => format!("{} still waits", self.step(step).name),
            Violation::Uncompensated { step } | Violation::NotCompensated { step } => {
                format!("what {} did is still there", self.step(step).name)
            }
            Violation::CompensatedThoughDone { step } => format!("what {} did is gone", self.step(step).name),
            Violation::RunsTwice { step } => format!("{} has run twice", self.step(step).name),
            Violation::CompensatedTwice { step } => format!("{} is undone twice", self.step(step).name),
            Violation::ConflictingEnds { entity } => {
                let name = &self.entity(entity).name;
                let (ended, told) = (self.status(entity).0, self.told_too_late(entity));
                told.map_or_else(
                    || format!("{name} is {ended}, and is told to end the other way"),
                    |(message, to)| {
                        format!("{name} is {ended}, and {} tells it to be {to}", Named(self.spec, message))
                    },
                )
            }
        }
    }

    fn entity(&self, entity: usize) -> &'a Entity {
        self.spec.entity(self.exploration.model.entities[entity])
    }

    fn step(&self, step: usize) -> &'a Step {
        self.spec.step(self.exploration.model.steps[step])
    }

    fn remedies(&self) -> Remedies<'_> {
        Remedies { spec: self.spec, model: &self.exploration.model, state: &self.state, trace: self.trace }
    }

    /// The status of a row at the end, and where statuses are declared.
    fn status(&self, entity: usize) -> (String, Span) {
        let status = self.exploration.model.flow.status(&self.state, entity);
        let declared = self.entity(entity);
        let all = declared.status.as_ref();
        let name = all.zip(status).and_then(|(all, at)| all.all().nth(usize::from(at)));
        (name.map_or_else(String::new, ToString::to_string), all.map_or(declared.span, |all| all.span))
    }

    /// The compensation of a step: its name, and where it is declared.
    fn undo(&self, step: &Step) -> (String, Span) {
        let found = self.spec.compensation_of(step.id);
        let name = found.and_then(|found| match &found.kind {
            CompensationKind::Derived { step, .. } | CompensationKind::Command { step, .. } => Some(*step),
            CompensationKind::Nothing => None,
        });
        let name = name.map_or_else(String::new, |step| self.spec.step(step).name.to_string());
        (name, found.map_or(step.span, |found| found.span))
    }

    fn unfinished(&self, entity: usize) -> Diagnostic {
        let (status, span) = self.status(entity);
        let name = &self.entity(entity).name;
        let declared = self.entity(entity).status.as_ref();
        let (done, failed) = declared.map_or((&[][..], &[][..]), |it| (&it.done[..], &it.failed[..]));
        let ends = one_of(done.iter().chain(failed).map(ToString::to_string));
        Diagnostic::error(Code::Unfinished, span, format!("`{name}` can stay `{status}` for ever"))
            .label(format!("a run ends before the row is {ends}"))
            .help(self.remedies().out_of_rest(self.exploration.model.entities[entity]))
    }

    fn mixed_outcome(&self, done: usize, failed: usize) -> Diagnostic {
        let ((fails, span), (does, other)) = (self.status(failed), self.status(done));
        let (failing, doing) = (&self.entity(failed).name, &self.entity(done).name);
        let message = format!("`{failing}` can end `{fails}` while `{doing}` ends `{does}`");
        Diagnostic::error(Code::MixedOutcome, span, message)
            .label("fails in this run")
            .also(other, "is done in the same run")
            .help(self.remedies().to_end_alike(self.id(done), self.id(failed)))
    }

    fn waits_forever(&self, step: usize, need: Option<usize>) -> Diagnostic {
        let waiting = self.step(step);
        let named = self.remedies().awaited(step, need);
        let what = match need {
            Some(_) => named.join(""),
            None => format!("one of {}", named.join(", ")),
        };
        let message = format!("`{}` can wait in vain for {what}", waiting.name);
        Diagnostic::error(Code::WaitsForever, waiting.span, message)
            .label("waits for ever in this run")
            .help(self.remedies().out_of_waiting(step, need))
    }

    fn uncompensated(&self, step: usize) -> Diagnostic {
        let acted = self.step(step);
        let may = match self.exploration.model.flow.is_unknown(&self.state, step) {
            true => "may have acted",
            false => "acted",
        };
        let message = format!("`{}` {may}, the saga failed, and nothing compensates it", acted.name);
        let help = match self.spec.failures().is_empty() {
            true => format!("add `{0}: {{ step: undo-{0}, command: … }}` under `compensations`", acted.name),
            false => format!("add `{0}: undo-{0}` under `compensations`", acted.name),
        };
        Diagnostic::error(Code::Uncompensated, acted.span, message)
            .label(effect(self.spec, acted))
            .help(format!("{help}, or `{}: none` if the effect may stay", acted.name))
    }

    fn not_compensated(&self, step: usize) -> Diagnostic {
        let acted = self.step(step);
        let (undo, span) = self.undo(acted);
        let message = format!("`{}` acted, the saga failed, and `{undo}` did not run", acted.name);
        Diagnostic::error(Code::NotCompensated, span, message)
            .label(format!("`{undo}` does not hear of this failure"))
            .also(acted.span, effect(self.spec, acted))
            .help(self.remedies().to_hear_of_failure(acted, &undo))
    }

    fn compensated_though_done(&self, step: usize) -> Diagnostic {
        let acted = self.step(step);
        let (undo, span) = self.undo(acted);
        let message = format!("`{undo}` can undo `{}` although the saga is done", acted.name);
        Diagnostic::error(Code::CompensatedThoughDone, span, message)
            .label("runs in a saga that ends well")
            .help(self.remedies().to_end_later(acted))
    }

    fn runs_twice(&self, step: usize) -> Diagnostic {
        let ran = self.step(step);
        let message = format!("`{}` can run twice in one instance of the saga", ran.name);
        let twice = self.remedies().sent_twice(step);
        Diagnostic::error(Code::RunsTwice, ran.span, message)
            .label(format!("runs for each {twice}"))
            .help(format!("let one step publish {twice}, or give each publisher an event of its own"))
    }

    fn compensated_twice(&self, step: usize) -> Diagnostic {
        let acted = self.step(step);
        let (undo, span) = self.undo(acted);
        let message = format!("`{undo}` can undo `{}` twice", acted.name);
        Diagnostic::error(Code::RunsTwice, span, message)
            .label("more than one step sends the command")
            .also(acted.span, effect(self.spec, acted))
            .help(format!(
                "write `{0}: {undo}` without a command: it then hears of the saga's failure by itself, once; or let only one step need the success of `{0}`",
                acted.name
            ))
    }

    fn conflicting_ends(&self, entity: usize) -> Diagnostic {
        let (status, span) = self.status(entity);
        let name = &self.entity(entity).name;
        let late = self.told_too_late(entity).map(|(_, to)| format!("`{to}`"));
        let other = late.unwrap_or_else(|| "the other way".to_owned());
        let message = format!("`{name}` can end `{status}`, and then be told to end {other}");
        let mut found =
            Diagnostic::error(Code::ConflictingEnds, span, message).label("two steps decide how it ends");
        for step in self.spec.steps().iter().filter(|step| self.remedies().would_end(step, self.id(entity))) {
            found = found.also(step.span, "would end it the other way");
        }
        found.help(self.remedies().to_one_decider(self.id(entity)))
    }

    /// What tells a row that has ended to end the other way, and how.
    fn told_too_late(&self, entity: usize) -> Option<(Message, String)> {
        let remedies = self.remedies();
        let (step, message) = remedies.told_too_late(self.id(entity))?;
        let to = step.rows.iter().filter(|row| row.entity == self.id(entity)).find_map(|row| row.to.as_ref());
        to.map(|to| (message, to.to_string()))
    }

    fn id(&self, entity: usize) -> EntityId {
        self.exploration.model.entities[entity]
    }
}

/// What a step leaves behind.
fn effect(spec: &Resolved, step: &Step) -> String {
    let names = |it: EntityId| format!("a `{}`", spec.entity(it).name);
    match (&step.creates, step.rows.first(), step.handler) {
        (_, _, HandlerKind::Call) => "its call has an effect outside".to_owned(),
        (Some(creation), ..) => format!("creates {}", names(creation.entity)),
        (None, Some(row), _) => format!("changes {}", names(row.entity)),
        (None, None, _) => "has an effect".to_owned(),
    }
}

/// What a message is called in findings.
fn quoted(spec: &Resolved, message: Message) -> String {
    format!("`{}`", Named(spec, message))
}
