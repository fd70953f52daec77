//! Remedies where more than one step decides how the saga ends.

use saga_step::Phase;

use super::quoted;
use super::remedies::Remedies;
use crate::prove::trace::{Cause, Effect, Message, TraceStep};
use crate::resolved::*;

impl Remedies<'_> {
    /// Two rows of which one is done and one failed.
    pub(super) fn for_mixed_outcome(&self, done: EntityId, failed: EntityId) -> String {
        let causes = self.cause_of_end(done).zip(self.cause_of_end(failed));
        let (done, failed) = (&self.spec.entity(done).name, &self.spec.entity(failed).name);
        match causes {
            Some((Cause::Message(one), Cause::Message(other))) if one == other => format!(
                "both end on {}: move `{done}` to a failed status there, or `{failed}` to a done one",
                quoted(self.spec, one)
            ),
            Some((one, other)) => format!(
                "let one event end both: `{done}` ends {}, `{failed}` {}{}",
                self.on(one),
                self.on(other),
                self.with_its_deadline(other)
            ),
            None => self.to_one_event(),
        }
    }

    /// A row that one step ends as done and another as failed.
    pub(super) fn for_conflicting_ends(&self, entity: EntityId) -> String {
        let name = &self.spec.entity(entity).name;
        let first = self.cause_of_end(entity);
        match (first, self.losing_step(entity)) {
            (Some(Cause::Request(asked)), Some((_, (event, _)))) => {
                let asked = &self.spec.step(asked).name;
                let Some(decides) = self.publisher(event) else { return self.to_one_event() };
                let decides = &decides.name;
                format!(
                    "let `{asked}` only publish an event, and name that event under `unless` of `{decides}`, so that `{decides}` alone decides"
                )
            }
            (Some(Cause::Message((one, _))), Some((_, (other, _)))) if one == other => {
                format!("let only one step publish `{}`", self.spec.event(one).name)
            }
            (Some(first), Some((_, message))) => format!(
                "let one event end `{name}`: now it ends {} or {}; every earlier failure must fail the step that publishes that event",
                self.on(first),
                self.on(Cause::Message(message))
            ),
            _ => self.to_one_event(),
        }
    }

    /// A saga that is done too early: a step after the end fails, and has `acted`
    /// compensated.
    pub(super) fn for_compensated_though_done(&self, acted: &Step) -> String {
        let row = self.model.entities.iter().find(|entity| self.phase(**entity) == Some(Phase::Done));
        let early = row.and_then(|row| Some((*row, self.cause_of_end(*row)?)));
        match (early, self.sender_of_command(acted)) {
            (Some((row, Cause::Message((event, _)))), Some((sender, failure))) => format!(
                "`{}` can still fail after `{1}` is done: let `{1}` end on `{2}` instead of `{3}`",
                sender.name,
                self.spec.entity(row).name,
                self.spec.event(failure).name,
                self.spec.event(event).name
            ),
            _ => self.to_one_event(),
        }
    }

    /// Where to move the deadline of a step that no longer decides.
    fn with_its_deadline(&self, cause: Cause) -> &'static str {
        let Cause::Message((event, _)) = cause else { return "" };
        let waits = self.publisher(event).is_some_and(|step| step.deadline().is_some());
        if waits { "; move the `deadline` to the step that publishes that event" } else { "" }
    }

    fn to_one_event(&self) -> String {
        "let one step decide how the saga ends, and end every row on its event; every earlier failure must fail that step"
            .to_owned()
    }

    /// Whether a step would end a row the way it did not end.
    pub(super) fn would_end(&self, step: &Step, entity: EntityId) -> bool {
        let failed = self.phase(entity) == Some(Phase::Failed);
        let status = self.spec.entity(entity).status.as_ref();
        step.rows.iter().filter(|row| row.entity == entity).any(|row| {
            row.to.as_ref().zip(status).is_some_and(|(to, all)| all.is_end(to) && all.is_failed(to) != failed)
        })
    }

    /// The step that came too late to end a row, and the message it reacted to.
    pub(super) fn losing_step(&self, entity: EntityId) -> Option<(&Step, Message)> {
        self.trace.steps.iter().rev().find_map(|trace_step| {
            let Cause::Message(message) = trace_step.cause else { return None };
            trace_step.effects.iter().find_map(|effect| match effect {
                Effect::Passed(step) => {
                    let step = self.spec.step(*step);
                    self.would_end(step, entity).then_some((step, message))
                }
                _ => None,
            })
        })
    }

    /// What ended a row.
    fn cause_of_end(&self, entity: EntityId) -> Option<Cause> {
        let status = self.spec.entity(entity).status.as_ref()?;
        let ends = |trace_step: &&TraceStep| {
            trace_step.effects.iter().any(
                |effect| matches!(effect, Effect::Row(row, Some(to)) if *row == entity && status.is_end(to)),
            )
        };
        self.trace.steps.iter().rev().find(ends).map(|trace_step| trace_step.cause)
    }

    /// The phase of a row at the end.
    fn phase(&self, entity: EntityId) -> Option<Phase> {
        let flow = &self.model.flow;
        let place = self.model.entities.iter().position(|it| *it == entity)?;
        flow.status(self.state, place).map(|status| flow.phase(place, status))
    }

    /// The step that failed and sent the compensating command, and the event that
    /// carries its failure.
    fn sender_of_command(&self, acted: &Step) -> Option<(&Step, EventId)> {
        let CompensationKind::Command { command, .. } = self.spec.compensation_of(acted.id)?.kind else {
            return None;
        };
        let sends = |effect: &Effect| matches!(effect, Effect::Sent((event, _)) if *event == command);
        let trace_step = self.trace.steps.iter().find(|trace_step| trace_step.effects.iter().any(sends))?;
        trace_step.effects.iter().find_map(|effect| match effect {
            Effect::Rejected(step) | Effect::Closed(step) | Effect::GaveUp(step) => {
                let step = self.spec.step(*step);
                step.failure.as_ref().map(|failure| (step, failure.event))
            }
            _ => None,
        })
    }

    fn publisher(&self, event: EventId) -> Option<&Step> {
        self.spec.steps().iter().find(|step| step.emissions.iter().any(|it| it.event == event))
    }

    /// What a row ends on, as a phrase.
    fn on(&self, cause: Cause) -> String {
        let step = |step: StepId| &self.spec.step(step).name;
        match cause {
            Cause::Message((event, _)) | Cause::Outside(event) | Cause::NeverOutside(event) => {
                format!("on `{}`", self.spec.event(event).name)
            }
            Cause::Begin(it) | Cause::Request(it) | Cause::NeverRequest(it) => {
                format!("by the request `{}`", step(it))
            }
            Cause::Deadline(it) => format!("at the deadline of `{}`", step(it)),
            Cause::Answer(it) => format!("on the answer to the call of `{}`", step(it)),
        }
    }
}
