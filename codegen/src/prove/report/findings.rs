//! The finding for each property that can be violated.

use super::Report;
use crate::diagnostic::{Code, Diagnostic, counted, one_of};
use crate::prove::explore::TooLarge;
use crate::prove::properties::Violation;
use crate::prove::trace::Named;
use crate::resolved::{CompensationKind, EntityId, HandlerKind, Resolved, Step};

impl Report<'_> {
    pub(super) fn finding(&self, violation: Violation) -> Diagnostic {
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

    /// What is wrong with the end of the run: the last words of its summary.
    pub(super) fn outcome(&self, violation: Violation) -> String {
        match violation {
            Violation::Unfinished { entity } => {
                format!("{} stays {}", self.entity(entity).name, self.status(entity).0)
            }
            Violation::MixedOutcome { done, failed } => {
                let (done, does) = (&self.entity(done).name, self.status(done).0);
                let (failed, fails) = (&self.entity(failed).name, self.status(failed).0);
                format!("{done} is {does}, but {failed} is {fails}")
            }
            Violation::WaitsForever { step, .. } => format!("{} is still waiting", self.step(step).name),
            Violation::Uncompensated { step } | Violation::NotCompensated { step } => {
                format!("the effect of {} remains", self.step(step).name)
            }
            Violation::CompensatedThoughDone { step } => {
                format!("the effect of {} is gone", self.step(step).name)
            }
            Violation::RunsTwice { step } => format!("{} ran twice", self.step(step).name),
            Violation::CompensatedTwice { step } => {
                format!("{} is compensated twice", self.step(step).name)
            }
            Violation::ConflictingEnds { entity } => {
                let (name, status) = (&self.entity(entity).name, self.status(entity).0);
                match self.losing_end(entity) {
                    Some((message, to)) => {
                        let message = Named(self.spec, message);
                        format!("{name} is {status}, but {message} would make it {to}")
                    }
                    None => format!("{name} is {status}, but another step would end it the other way"),
                }
            }
        }
    }

    fn unfinished(&self, entity: usize) -> Diagnostic {
        let (status, span) = self.status(entity);
        let name = &self.entity(entity).name;
        let declared = self.entity(entity).status.as_ref();
        let (done, failed) = declared.map_or((&[][..], &[][..]), |it| (&it.done[..], &it.failed[..]));
        let ends = one_of(done.iter().chain(failed).map(ToString::to_string));
        Diagnostic::error(Code::Unfinished, span, format!("`{name}` can stay `{status}` forever"))
            .label(format!("in some run the row never becomes {ends}"))
            .help(self.remedies().for_unfinished(self.id(entity)))
    }

    fn mixed_outcome(&self, done: usize, failed: usize) -> Diagnostic {
        let ((fails, span), (does, other)) = (self.status(failed), self.status(done));
        let (failing, doing) = (&self.entity(failed).name, &self.entity(done).name);
        let message = format!("`{failing}` can end as `{fails}` while `{doing}` ends as `{does}`");
        Diagnostic::error(Code::MixedOutcome, span, message)
            .label("fails in this run")
            .also(other, "is done in the same run")
            .help(self.remedies().for_mixed_outcome(self.id(done), self.id(failed)))
    }

    fn waits_forever(&self, step: usize, need: Option<usize>) -> Diagnostic {
        let waiting = self.step(step);
        let named = self.remedies().awaited(step, need);
        let what = match need {
            Some(_) => named.join(""),
            None => format!("one of {}", named.join(", ")),
        };
        let message = format!("`{}` can wait forever for {what}", waiting.name);
        Diagnostic::error(Code::WaitsForever, waiting.span, message)
            .label("waits forever in this run")
            .help(self.remedies().for_waiting(step, need))
    }

    fn uncompensated(&self, step: usize) -> Diagnostic {
        let acted = self.step(step);
        let message = match self.exploration.model.flow.is_unknown(&self.state, step) {
            true => format!("nothing compensates `{}`, whose call may have taken effect", acted.name),
            false => format!("nothing compensates `{}` when the saga fails", acted.name),
        };
        let help = match self.spec.failures().is_empty() {
            true => format!("add `{0}: {{ step: undo-{0}, command: … }}` under `compensations`", acted.name),
            false => format!("add `{0}: undo-{0}` under `compensations`", acted.name),
        };
        Diagnostic::error(Code::Uncompensated, acted.span, message)
            .label(effect(self.spec, acted))
            .help(format!("{help}, or `{}: none` if the effect may remain", acted.name))
    }

    fn not_compensated(&self, step: usize) -> Diagnostic {
        let acted = self.step(step);
        let (undo, span) = self.compensation(acted);
        let message = format!("the saga can fail without `{undo}` compensating `{}`", acted.name);
        Diagnostic::error(Code::NotCompensated, span, message)
            .label(format!("nothing triggers `{undo}` in this run"))
            .also(acted.span, effect(self.spec, acted))
            .help(self.remedies().for_not_compensated(acted, &undo))
    }

    fn compensated_though_done(&self, step: usize) -> Diagnostic {
        let acted = self.step(step);
        let (undo, span) = self.compensation(acted);
        let message = format!("`{undo}` can compensate `{}` although the saga succeeds", acted.name);
        Diagnostic::error(Code::CompensatedThoughDone, span, message)
            .label("runs in a saga that is done")
            .help(self.remedies().for_compensated_though_done(acted))
    }

    fn runs_twice(&self, step: usize) -> Diagnostic {
        let ran = self.step(step);
        let message = format!("`{}` can run twice in one instance of the saga", ran.name);
        let repeated = self.remedies().sent_twice(step);
        Diagnostic::error(Code::RunsTwice, ran.span, message)
            .label(format!("runs once for each {repeated}"))
            .help(format!("let only one step publish {repeated}, or give each publisher an event of its own"))
    }

    fn compensated_twice(&self, step: usize) -> Diagnostic {
        let acted = self.step(step);
        let (undo, span) = self.compensation(acted);
        let message = format!("`{undo}` can compensate `{}` twice", acted.name);
        let command = match self.spec.compensation_of(acted.id).map(|it| &it.kind) {
            Some(CompensationKind::Command { command, .. }) => {
                format!("`{}`", self.spec.event(*command).name)
            }
            _ => "the command".to_owned(),
        };
        Diagnostic::error(Code::RunsTwice, span, message)
            .label("more than one step sends the command")
            .also(acted.span, effect(self.spec, acted))
            .help(format!(
                "write `{0}: {undo}` without a command, and remove {command}, so that it runs once when the saga fails; or let only one step need the success of `{0}`",
                acted.name
            ))
    }

    fn conflicting_ends(&self, entity: usize) -> Diagnostic {
        let (status, span) = self.status(entity);
        let name = &self.entity(entity).name;
        let other = match self.losing_end(entity) {
            Some((_, to)) => format!("as `{to}`"),
            None => "the other way".to_owned(),
        };
        let message = format!("`{name}` can end as `{status}` although another step would end it {other}");
        let mut found = Diagnostic::error(Code::ConflictingEnds, span, message)
            .label("two steps decide how the row ends");
        let would_end = |step: &&Step| self.remedies().would_end(step, self.id(entity));
        for step in self.spec.steps().iter().filter(would_end) {
            found = found.also(step.span, "would end it the other way");
        }
        found.help(self.remedies().for_conflicting_ends(self.id(entity)))
    }
}

/// What a step leaves behind.
fn effect(spec: &Resolved, step: &Step) -> String {
    let names = |it: EntityId| format!("a `{}`", spec.entity(it).name);
    match (&step.creates, step.rows.first(), step.handler) {
        (_, _, HandlerKind::Call) => "its call has an external effect".to_owned(),
        (Some(creation), ..) => format!("creates {}", names(creation.entity)),
        (None, Some(row), _) => format!("changes {}", names(row.entity)),
        (None, None, _) => "has an effect".to_owned(),
    }
}

/// The proof was given up: the saga has too many states.
pub(in crate::prove) fn too_large(spec: &Resolved, TooLarge { states, bytes, late }: TooLarge) -> Diagnostic {
    let memory = match bytes >> 20 {
        0 => String::new(),
        megabytes => format!(", {megabytes} MiB"),
    };
    let time = if late { ", because it took too long" } else { "" };
    let message = format!("the proof gave up after {states} states{memory}{time}");
    let found = Diagnostic::error(Code::TooManyStates, spec.sagas()[0].span, message)
        .label("neither proved nor refuted")
        .help("raise the limits with `--states`, or let fewer steps run in parallel: a sequence has far fewer states");
    let widest = spec.steps().iter().max_by_key(|step| step.triggers.len());
    match widest.filter(|step| step.triggers.len() > 2) {
        Some(step) => {
            let needs = counted(step.triggers.len(), "message");
            found.also(step.span, format!("waits for {needs}, which can arrive in any order"))
        }
        None => found,
    }
}
