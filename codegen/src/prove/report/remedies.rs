//! How to fix what a run shows.

use saga_step::Mode;
use saga_step::flow::State;

use super::quoted;
use crate::prove::model::FlowModel;
use crate::prove::trace::{Cause, Effect, Message, Trace};
use crate::resolved::*;

/// The end of a run, and the trace that leads to it.
pub(super) struct Remedies<'a> {
    pub spec: &'a Resolved,
    pub model: &'a FlowModel,
    pub state: &'a State,
    pub trace: &'a Trace,
}

impl Remedies<'_> {
    /// What would end a row. A message that ends another row in this run should end
    /// this one as well. Otherwise something is missing before that: an event, a
    /// deadline, a failure that a step passes over, or the last subscription.
    ///
    /// Each of these that is a text to write has been tried: `tests/recall` applies
    /// it, and the file must end as before.
    pub(super) fn for_unfinished(&self, entity: EntityId) -> String {
        let silent = || self.silent_step().map(|(step, message)| self.let_it_fail(step, message));
        let waiting = || self.waiting().map(|(step, need)| self.for_waiting(step, need));
        let request = || self.optional_request(entity).map(replace_request);
        let name = &self.spec.entity(entity).name;
        self.missing_event()
            .or_else(|| self.end_with_another_row(entity))
            .or_else(|| self.missing_deadline())
            .or_else(silent)
            .or_else(|| self.other_variant(entity))
            .or_else(waiting)
            .or_else(|| self.unread_message(entity))
            .or_else(request)
            .unwrap_or_else(|| {
                format!(
                    "let a step move the row on the message that decides the saga: `entity: {name}, to: …`"
                )
            })
    }

    fn missing_deadline(&self) -> Option<String> {
        let flow = &self.model.flow;
        let idle = (0..flow.steps().len()).filter(|step| flow.never_acted(self.state, *step));
        let idle = idle.map(|step| self.spec.step(self.model.steps[step]));
        // A deadline starts with the first message, and publishes the failing variant.
        let person = idle.filter(|step| !step.triggers.is_empty() && step.deadline().is_none());
        if let Some(step) = person.max_by_key(|step| step.failure.is_some()) {
            let time = "so that the saga continues if the request never comes";
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
        Some(match waits.deadline() {
            None => format!(
                "give `{}` a `deadline: 30d`, so that the saga continues if `{}` never arrives",
                waits.name, event.name
            ),
            Some(_) => format!(
                "let `{0}` need a message that arrives in every run as well: its deadline starts with its first message, and `{1}` may never arrive",
                waits.name, event.name
            ),
        })
    }

    /// A request that could have moved the row, at any time.
    fn optional_request(&self, entity: EntityId) -> Option<&Step> {
        let flow = &self.model.flow;
        let idle = (0..flow.steps().len()).filter(|step| flow.never_acted(self.state, *step));
        let mut idle = idle.map(|step| self.spec.step(self.model.steps[step]));
        idle.find(|step| step.rows.iter().any(|row| row.entity == entity && row.to.is_some()))
    }

    /// A step that can fail, but published nothing on a failure that no other step
    /// handles, and that failure.
    fn silent_step(&self) -> Option<(&Step, Message)> {
        self.trace.steps.iter().rev().find_map(|trace_step| {
            let Cause::Message(message) = trace_step.cause else { return None };
            trace_step.effects.iter().find_map(|effect| {
                let Effect::Passed(step) = effect else { return None };
                let step = self.spec.step(*step);
                let names = step.triggers.iter().any(|it| it.event == message.0);
                let fails = message.1.is_some() && message.1 == self.spec.event(message.0).failing();
                let could_say = step.emissions.iter().any(|it| self.spec.event(it.event).failing().is_some());
                let handled = self.spec.steps().iter().any(|other| handles(other, message));
                (names && fails && could_say && !handled).then_some((step, message))
            })
        })
    }

    /// A step passes over a failure, and should fail.
    fn let_it_fail(&self, step: &Step, message: Message) -> String {
        let whole = &self.spec.event(message.0).name;
        let (name, quoted) = (&step.name, quoted(self.spec, message));
        match step.needs_one().any(|(_, it)| it.event == message.0) {
            true => format!(
                "{quoted} arrives instead: name it under `unless` of `{name}`, so that the step fails"
            ),
            false => format!(
                "`{name}` publishes nothing on {quoted}: let it need the whole event, `{whole}`, so that it fails too"
            ),
        }
    }

    /// What was published in this run, in order.
    pub(super) fn sent(&self) -> impl DoubleEndedIterator<Item = Message> {
        let effects = self.trace.steps.iter().flat_map(|trace_step| &trace_step.effects);
        effects.filter_map(|effect| match effect {
            Effect::Sent(message) => Some(*message),
            _ => None,
        })
    }

    /// The messages a step waits for.
    pub(super) fn awaited(&self, step: usize, need: Option<usize>) -> Vec<String> {
        let declared = self.spec.step(self.model.steps[step]);
        let triggers: Vec<&Trigger> = match need {
            Some(need) => declared.needs_all().map(|(_, it)| it).skip(need).take(1).collect(),
            None => declared.needs_one().map(|(_, it)| it).collect(),
        };
        triggers.into_iter().map(|it| quoted(self.spec, (it.event, it.variant))).collect()
    }

    /// What would let a waiting step run, or fail.
    pub(super) fn for_waiting(&self, step: usize, need: Option<usize>) -> String {
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
        if let Some(missing) = self.missing_event() {
            return missing;
        }
        let silent = self.silent_step().filter(|(step, _)| step.id != waiting.id);
        match (instead.as_slice(), waiting.failure.is_some(), silent) {
            (_, _, Some((step, message))) => self.let_it_fail(step, message),
            ([], ..) if self.missing_deadline().is_some() => self.missing_deadline().unwrap_or_default(),
            ([], true, _) if waiting.deadline().is_none() && self.unasked(&triggers).is_some() => {
                let request = self.unasked(&triggers).map_or("", |step| step.name.as_str());
                format!(
                    "give `{}` a `deadline: 3d`, so that the saga continues if `{request}` never comes",
                    waiting.name
                )
            }
            ([], ..) => {
                let why = triggers.first().map_or_else(String::new, |it| self.why_not_sent(it.event));
                let branch = triggers.first().and_then(|it| self.in_the_other_branch(it.event));
                let way = branch.map_or_else(
                    || "an event that arrives in every run".to_owned(),
                    |events| format!("one of several, `any: [{events}]`"),
                );
                format!("{why}: let `{}` need {way}", waiting.name)
            }
            ([.., instead], true, _) => {
                format!(
                    "{instead} arrives instead: name it under `unless` of `{}`, so that the step fails",
                    waiting.name
                )
            }
            ([.., instead], false, _) => {
                format!(
                    "{instead} arrives instead: let `{}` accept either under `any`, or emit an event that can fail",
                    waiting.name
                )
            }
        }
    }

    /// The steps that publish an event.
    fn publishers(&self, event: EventId) -> impl Iterator<Item = &Step> {
        self.spec.steps().iter().filter(move |step| step.emissions.iter().any(|it| it.event == event))
    }

    /// The request that would publish what a step waits for, if only that would.
    fn unasked(&self, triggers: &[&Trigger]) -> Option<&Step> {
        let mut publishers = self.publishers(triggers.first()?.event);
        let only = publishers.next().filter(|step| step.is_request() && step.triggers.is_empty())?;
        publishers.next().is_none().then_some(only)
    }

    /// Why an event was not published in this run.
    fn why_not_sent(&self, event: EventId) -> String {
        let Some(publisher) = self.publishers(event).next() else {
            return "no step publishes it".to_owned();
        };
        let place = self.model.steps.iter().position(|it| *it == publisher.id);
        let mode = place.map(|place| self.model.flow.mode(self.state, place));
        match mode {
            Some(Mode::Dropped) => format!("its publisher `{}` took another branch", publisher.name),
            Some(Mode::Waiting) if place.is_some_and(|it| self.model.flow.waits(self.state, it)) => {
                format!("its publisher `{}` is waiting, too", publisher.name)
            }
            _ if self.instead_of(publisher).is_some() => {
                let branch = self.instead_of(publisher).map(|message| quoted(self.spec, message));
                format!(
                    "its publisher `{}` does not run after {}",
                    publisher.name,
                    branch.unwrap_or_default()
                )
            }
            _ => format!("its publisher `{}` does not run in this run", publisher.name),
        }
    }

    /// A variant that arrived where a step needs another.
    fn instead_of(&self, step: &Step) -> Option<Message> {
        self.sent().find(|message| {
            let other =
                |it: &Trigger| it.event == message.0 && it.variant.is_some() && it.variant != message.1;
            step.triggers.iter().any(other)
        })
    }

    /// An event that did not arrive, and one from the branch that was taken
    /// instead.
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

    /// What would trigger a compensation when the saga fails.
    pub(super) fn for_not_compensated(&self, acted: &Step, undo: &str) -> String {
        match self.spec.compensation_of(acted.id).map(|it| &it.kind) {
            Some(CompensationKind::Command { command, .. }) if !self.spec.failures().is_empty() => {
                let (name, command) = (&acted.name, &self.spec.event(*command).name);
                let write = format!("write `{name}: {undo}` without a command, and remove `{command}`");
                let why = format!("no step that fails in this run needs the success of `{name}`");
                match self.let_the_failing_step_await(acted) {
                    Some(other) => format!("`{command}` is not sent, because {why}: {other}{write}"),
                    None => format!("{write}: {why}"),
                }
            }
            _ => "let an event move the row to its failed status: compensations subscribe to that event"
                .to_owned(),
        }
    }

    /// The step that failed last could need what has to be compensated.
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
    pub(super) fn sent_twice(&self, step: usize) -> String {
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

/// Whether a step reacts to a message: it needs exactly that, or is closed by it.
fn handles(step: &Step, (event, variant): Message) -> bool {
    let named = step.triggers.iter().any(|it| it.event == event && it.variant == variant);
    let closes = |closer: &Closer| match closer {
        Closer::FailedTrigger(trigger, failing) => {
            step.triggers[trigger.0].event == event && Some(*failing) == variant
        }
        Closer::Unless(it) => it.event == event && (it.variant.is_none() || it.variant == variant),
        Closer::Deadline(..) => false,
    };
    named || step.closers.iter().any(closes)
}

fn replace_request(step: &Step) -> String {
    format!(
        "no client is obliged to send `{0}`: let a message move the row, or give `{0}` an `on`, an event that can fail, and a `deadline`",
        step.name
    )
}
