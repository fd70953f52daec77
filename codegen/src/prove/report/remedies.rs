//! Remedies out of what a run came to.

use saga_step::Mode;
use saga_step::flow::State;

use super::quoted;
use crate::prove::model::FlowModel;
use crate::prove::trace::{Cause, Effect, Message, Trace};
use crate::resolved::*;

/// The end of a run, and how it was reached.
pub(super) struct Remedies<'a> {
    pub spec: &'a Resolved,
    pub model: &'a FlowModel,
    pub state: &'a State,
    pub trace: &'a Trace,
}

impl Remedies<'_> {
    /// What ends a row that rests: time, where somebody may never act; else
    /// the step that said nothing, or the message that nobody took up.
    pub fn out_of_rest(&self, entity: EntityId) -> String {
        let by_time = || self.give_a_deadline();
        let by_saying =
            || self.step_that_said_nothing().map(|(step, message)| self.need_whole(step, message));
        let by_hearing = || self.message_not_taken_up(entity);
        let by_asking = || {
            self.person_who_moves(entity).map(|step| {
            format!("nobody has to ask for `{0}`: let a message move the row, or let `{0}` need one under `on`, emit an event that can fail, and have a `deadline`", step.name)
        })
        };
        let name = &self.spec.entity(entity).name;
        by_time().or_else(by_saying).or_else(by_hearing).or_else(by_asking).unwrap_or_else(|| {
            format!("let a step move it on what comes last in this run: `entity: {name}, to: …`")
        })
    }

    fn give_a_deadline(&self) -> Option<String> {
        let flow = &self.model.flow;
        let idle = (0..flow.steps().len()).filter(|step| flow.never_acted(self.state, *step));
        let idle = idle.map(|step| self.spec.step(self.model.steps[step]));
        // A deadline runs from the first message, and is said by a failure.
        let person = idle.filter(|step| !step.triggers.is_empty()).max_by_key(|step| step.failure.is_some());
        if let Some(step) = person {
            let time = "so that the saga goes on if nobody ever acts";
            return Some(match &step.failure {
                Some(_) => format!("give `{}` a `deadline: 3d`, {time}", step.name),
                None => format!(
                    "let `{}` emit an event that can fail, and give it a `deadline: 3d`, {time}",
                    step.name
                ),
            });
        }
        let external = (0..flow.external_events().len()).find(|it| flow.never_came(self.state, *it))?;
        let event = self.spec.event(self.model.external_events[external]);
        let waits =
            self.spec.steps().iter().find(|step| step.triggers.iter().any(|it| it.event == event.id))?;
        Some(format!(
            "give `{}` a `deadline: 30d`, so that the saga goes on if `{}` never comes from outside",
            waits.name, event.name
        ))
    }

    /// A request that could have moved the row, at any time.
    fn person_who_moves(&self, entity: EntityId) -> Option<&Step> {
        let flow = &self.model.flow;
        let idle = (0..flow.steps().len()).filter(|step| flow.never_acted(self.state, *step));
        let mut idle = idle.map(|step| self.spec.step(self.model.steps[step]));
        idle.find(|step| step.rows.iter().any(|row| row.entity == entity && row.to.is_some()))
    }

    /// A step that took no branch though it could have failed, and the message
    /// after which it did.
    fn step_that_said_nothing(&self) -> Option<(&Step, Message)> {
        self.trace.steps.iter().rev().find_map(|trace_step| {
            let Cause::Message(message) = trace_step.cause else { return None };
            trace_step.effects.iter().find_map(|effect| {
                let Effect::Passed(step) = effect else { return None };
                let step = self.spec.step(*step);
                let names = step.triggers.iter().any(|it| it.event == message.0);
                let fails = message.1.is_some() && message.1 == self.spec.event(message.0).failing();
                let could_say = step.emissions.iter().any(|it| self.spec.event(it.event).failing().is_some());
                (names && fails && could_say).then_some((step, message))
            })
        })
    }

    fn need_whole(&self, step: &Step, message: Message) -> String {
        let whole = &self.spec.event(message.0).name;
        format!(
            "`{}` says nothing when {} comes: let it need the whole event, `{whole}`, so that the failure fails it too",
            step.name,
            quoted(self.spec, message)
        )
    }

    /// A variant that was published, where another of the same event moves the
    /// row.
    fn message_not_taken_up(&self, entity: EntityId) -> Option<String> {
        let status = self.spec.entity(entity).status.as_ref()?;
        let movers = || {
            let steps = self.spec.steps().iter();
            steps.filter(move |step| step.rows.iter().any(|row| row.entity == entity && row.to.is_some()))
        };
        let sent = self.sent().rev().find(|(event, variant)| {
            let outcome = self.spec.event(*event).outcome.is_some();
            let taken = movers()
                .flat_map(|step| &step.triggers)
                .any(|it| it.event == *event && it.variant == *variant);
            let sibling = movers().flat_map(|step| &step.triggers).any(|it| it.event == *event);
            outcome && sibling && !taken
        });
        let sent =
            sent.or_else(|| self.sent().rev().find(|(event, _)| self.spec.event(*event).outcome.is_some()))?;
        let fails = sent.1 == self.spec.event(sent.0).failing();
        let to = if fails { status.failed.first() } else { status.done.first() }?;
        let declared = self.spec.entity(entity);
        let service = &self.spec.service(declared.service).name;
        let message = crate::prove::trace::Named(self.spec, sent);
        Some(format!(
            "add a subscription to `{service}`: `on: {message}, entity: {}, to: {to}`",
            declared.name
        ))
    }

    /// What was published in this run, in order.
    fn sent(&self) -> impl DoubleEndedIterator<Item = Message> {
        let effects = self.trace.steps.iter().flat_map(|trace_step| &trace_step.effects);
        effects.filter_map(|effect| match effect {
            Effect::Sent(message) => Some(*message),
            _ => None,
        })
    }

    /// The messages a step waits for.
    pub fn awaited(&self, step: usize, need: Option<usize>) -> Vec<String> {
        let declared = self.spec.step(self.model.steps[step]);
        let triggers: Vec<&Trigger> = match need {
            Some(need) => declared.needs_all().map(|(_, it)| it).skip(need).take(1).collect(),
            None => declared.needs_one().map(|(_, it)| it).collect(),
        };
        triggers.into_iter().map(|it| quoted(self.spec, (it.event, it.variant))).collect()
    }

    /// What makes a waiting step go on, or say that it does not.
    pub fn out_of_waiting(&self, step: usize, need: Option<usize>) -> String {
        let waiting = self.spec.step(self.model.steps[step]);
        let of = |trigger: &Trigger| {
            let other =
                self.sent().find(|(event, variant)| *event == trigger.event && *variant != trigger.variant);
            other.map(|message| quoted(self.spec, message))
        };
        let triggers: Vec<&Trigger> = match need {
            Some(need) => waiting.needs_all().map(|(_, it)| it).skip(need).take(1).collect(),
            None => waiting.needs_one().map(|(_, it)| it).collect(),
        };
        let instead: Vec<String> = triggers.iter().filter_map(|it| of(it)).collect();
        let silent = self.step_that_said_nothing().filter(|(step, _)| step.id != waiting.id);
        match (instead.as_slice(), waiting.failure.is_some(), silent) {
            (_, _, Some((step, message))) => self.need_whole(step, message),
            ([], ..) if self.give_a_deadline().is_some() => self.give_a_deadline().unwrap_or_default(),
            ([], ..) => {
                let why = triggers.first().map_or_else(String::new, |it| self.why_not_sent(it.event));
                let branch = triggers.first().and_then(|it| self.in_the_other_branch(it.event));
                let way = branch.map_or_else(
                    || "something that comes in every run".to_owned(),
                    |events| format!("one of several, `any: [{events}]`"),
                );
                format!("{why}: let `{}` need {way}", waiting.name)
            }
            ([.., instead], true, _) => {
                format!(
                    "{instead} comes instead: name it under `unless` of `{}`, which then fails",
                    waiting.name
                )
            }
            ([.., instead], false, _) => {
                format!(
                    "{instead} comes instead: let `{}` need one of both, under `any`, or emit an event that can fail",
                    waiting.name
                )
            }
        }
    }

    /// Why nobody published an event in this run.
    fn why_not_sent(&self, event: EventId) -> String {
        let publishes = |step: &&Step| step.emissions.iter().any(|it| it.event == event);
        let Some(publisher) = self.spec.steps().iter().find(publishes) else {
            return "no step publishes it".to_owned();
        };
        let place = self.model.steps.iter().position(|it| *it == publisher.id);
        let mode = place.map(|place| self.model.flow.mode(self.state, place));
        match mode {
            Some(Mode::Dropped) => format!("`{}` took another branch and said nothing", publisher.name),
            Some(Mode::Waiting) if place.is_some_and(|it| self.model.flow.waits(self.state, it)) => {
                format!("`{}`, which publishes it, waits itself", publisher.name)
            }
            _ if self.instead_of(publisher).is_some() => {
                let branch = self.instead_of(publisher).map(|message| quoted(self.spec, message));
                format!(
                    "`{}`, which publishes it, does not run after {}",
                    publisher.name,
                    branch.unwrap_or_default()
                )
            }
            _ => format!("`{}`, which publishes it, does not run here", publisher.name),
        }
    }

    /// A variant that came where a step needs another.
    fn instead_of(&self, step: &Step) -> Option<Message> {
        self.sent().find(|message| {
            let other =
                |it: &Trigger| it.event == message.0 && it.variant.is_some() && it.variant != message.1;
            step.triggers.iter().any(other)
        })
    }

    /// An event that did not come, and one that came in the branch that was
    /// taken instead.
    fn in_the_other_branch(&self, event: EventId) -> Option<String> {
        let publishes = |step: &&Step| step.emissions.iter().any(|it| it.event == event);
        let taken = self.instead_of(self.spec.steps().iter().find(publishes)?)?;
        let taker = |step: &&Step| {
            step.triggers
                .iter()
                .any(|it| it.event == taken.0 && it.variant.is_some() && it.variant == taken.1)
        };
        let other = self.spec.steps().iter().filter(taker).flat_map(|step| &step.emissions).next()?;
        Some(format!("{}, {}", self.spec.event(event).name, self.spec.event(other.event).name))
    }

    /// How a compensation comes to hear of the failure.
    pub fn to_hear_of_failure(&self, acted: &Step, undo: &str) -> String {
        match self.spec.compensation_of(acted.id).map(|it| &it.kind) {
            Some(CompensationKind::Command { command, .. }) if !self.spec.failures().is_empty() => format!(
                "no step that fails here awaits the success of `{0}`, so `{1}` is not sent: {2}write `{0}: {undo}` without a command",
                acted.name,
                self.spec.event(*command).name,
                self.let_the_failing_step_await(acted).unwrap_or_default()
            ),
            _ => "let the row that fails be moved by an event: compensations hear of that event".to_owned(),
        }
    }

    /// The step that failed last could await what is to be undone.
    fn let_the_failing_step_await(&self, acted: &Step) -> Option<String> {
        let success = acted.emissions.iter().find(|it| self.spec.event(it.event).failing().is_some())?;
        let failed =
            self.trace.steps.iter().rev().flat_map(|trace_step| &trace_step.effects).find_map(|effect| {
                match effect {
                    Effect::Rejected(step) | Effect::Closed(step) | Effect::GaveUp(step) => {
                        Some(self.spec.step(*step))
                    }
                    _ => None,
                }
            })?;
        let event = &self.spec.event(success.event).name;
        Some(format!("let `{}`, and no step before it, need `{event}`, or ", failed.name))
    }

    /// The message that reached a step more than once.
    pub fn sent_twice(&self, step: usize) -> String {
        let mut seen = Vec::new();
        let declared = self.spec.step(self.model.steps[step]);
        for message in self.sent() {
            let needed = declared.triggers.iter().any(|it| it.event == message.0);
            if needed && seen.contains(&message) {
                return quoted(self.spec, message);
            }
            seen.push(message);
        }
        let first = declared.triggers.first();
        first.map_or_else(String::new, |it| quoted(self.spec, (it.event, it.variant)))
    }
}
