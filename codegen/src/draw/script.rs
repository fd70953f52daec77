//! What a picture of one run shows, whatever it is drawn with.

use std::collections::HashSet;

use super::chart::{Line, Tone, named, route, span, tone};
use crate::names::Value;
use crate::prove::trace::{Cause, Effect, Message, Trace, TraceStep};
use crate::resolved::*;

/// A run of a saga, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The saga.
    pub saga: String,
    /// Who takes part.
    pub actors: Vec<Actor>,
    /// What happens.
    pub beats: Vec<Beat>,
    /// How the rows stand in the end; empty if there are none with a status.
    pub end: String,
    /// What is wrong with that.
    pub violation: String,
}

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The name.
    pub name: String,
    /// Whether it is none of the file's services.
    pub outside: bool,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beat {
    /// Something comes from one to another.
    Comes {
        /// The place of the one.
        from: usize,
        /// The place of the other.
        to: usize,
        /// What.
        text: String,
        /// What kind of thing.
        what: What,
    },
    /// What somebody does about it.
    Does {
        /// The place of the one who does.
        at: usize,
        /// What.
        lines: Vec<Line>,
    },
}

/// A kind of thing that comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A message.
    Message,
    /// One that tells of a failure.
    Failure,
    /// A command.
    Command,
    /// A request of a person.
    Request,
    /// A time that is over, or the answer to a call.
    Other,
}

/// The people who act.
const SOMEBODY: &str = "somebody";
/// Everything else outside: time, other systems.
const OUTSIDE: &str = "outside";

impl Script {
    /// What a trace shows, and what is wrong with its end.
    pub fn of(spec: &Resolved, trace: &Trace, violation: &str) -> Self {
        let script = Self {
            saga: spec.sagas()[0].name.to_string(),
            actors: Vec::new(),
            beats: Vec::new(),
            end: end(spec, trace),
            violation: violation.replace('`', ""),
        };
        let mut writer = Writer { spec, trace, worth: worth(spec, trace), script };
        for place in 0..trace.steps.len() {
            writer.add(place);
        }
        let mut script = writer.script;
        script.put_in_order(spec);
        script
    }

    /// The place of an actor, who enters now if not before.
    fn actor(&mut self, name: &str, outside: bool) -> usize {
        let there = self.actors.iter().position(|actor| actor.name == name && actor.outside == outside);
        there.unwrap_or_else(|| {
            self.actors.push(Actor { name: name.to_owned(), outside });
            self.actors.len() - 1
        })
    }

    /// People first, then services in file order, then what else is outside.
    fn put_in_order(&mut self, spec: &Resolved) {
        let services: Vec<&str> = spec.services().iter().map(|service| service.name.as_str()).collect();
        let rank = |actor: &Actor| match actor.outside {
            true if actor.name == SOMEBODY => 0,
            true => services.len() + 1,
            false => 1 + services.iter().position(|name| *name == actor.name).unwrap_or(0),
        };
        let mut order: Vec<usize> = (0..self.actors.len()).collect();
        order.sort_by_key(|place| rank(&self.actors[*place]));
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, old)| places[*old] = new);
        for beat in &mut self.beats {
            match beat {
                Beat::Comes { from, to, .. } => (*from, *to) = (places[*from], places[*to]),
                Beat::Does { at, .. } => *at = places[*at],
            }
        }
        self.actors = order.iter().map(|old| self.actors[*old].clone()).collect();
    }
}

/// How the rows stand in the end: `Order CANCELLED, Rental HELD`.
fn end(spec: &Resolved, trace: &Trace) -> String {
    let rows = trace.steps.last().map_or(&[][..], |trace_step| &trace_step.rows);
    let rows = rows.iter().filter_map(|(entity, status)| Some((spec.entity(*entity), status.as_ref()?)));
    let rows: Vec<String> = rows.map(|(entity, status)| format!("{} {status}", entity.name)).collect();
    rows.join(", ")
}

/// Whether a step of the trace is worth a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worth {
    /// Nothing came of it.
    Nothing,
    /// A step keeps the message, and waits for others.
    Waits(StepId),
    /// Something came of it.
    Effects,
}

fn worth(spec: &Resolved, trace: &Trace) -> Vec<Worth> {
    let mut ended: HashSet<StepId> = HashSet::new();
    let mut worth = Vec::new();
    for trace_step in &trace.steps {
        worth.push(match trace_step.cause {
            Cause::Message(message) if trace_step.effects.is_empty() => {
                waiting(spec, trace_step, message, &ended)
                    .map_or(Worth::Nothing, |step| Worth::Waits(step.id))
            }
            _ => Worth::Effects,
        });
        ended.extend(trace_step.effects.iter().filter_map(ends));
    }
    worth
}

/// The step that an effect ends.
fn ends(effect: &Effect) -> Option<StepId> {
    match effect {
        Effect::Succeeded(step)
        | Effect::Rejected(step)
        | Effect::GaveUp(step)
        | Effect::Closed(step)
        | Effect::Passed(step) => Some(*step),
        Effect::Called(_)
        | Effect::Barred(_)
        | Effect::Compensated(_)
        | Effect::Row(..)
        | Effect::Sent(_) => None,
    }
}

/// A step at the service of a step of the trace that needs this message and others.
fn waiting<'s>(
    spec: &'s Resolved,
    trace_step: &TraceStep,
    (event, variant): Message,
    ended: &HashSet<StepId>,
) -> Option<&'s Step> {
    let needs = |trigger: &Trigger| {
        let good = variant.is_none() || variant != spec.event(event).failing();
        trigger.event == event && trigger.variant.map_or(good, |wanted| variant == Some(wanted))
    };
    let undoes = |step: &Step| matches!(step.kind, StepKind::Compensation(_));
    let mut steps = spec.steps_of(trace_step.service?);
    steps.find(|step| !undoes(step) && !ended.contains(&step.id) && step.triggers.iter().any(needs))
}

struct Writer<'a> {
    spec: &'a Resolved,
    trace: &'a Trace,
    worth: Vec<Worth>,
    script: Script,
}

impl Writer<'_> {
    fn add(&mut self, place: usize) {
        if self.worth[place] == Worth::Nothing {
            return;
        }
        let trace_step = &self.trace.steps[place];
        let at = self.at(trace_step);
        self.comes(place, at);
        let mut lines: Vec<Line> = Vec::new();
        lines.extend(never(self.spec, trace_step.cause));
        lines.extend(trace_step.effects.iter().filter_map(|effect| self.effect(place, effect)));
        if let Worth::Waits(step) = self.worth[place] {
            lines.push(plain(format!("{} waits", self.spec.step(step).name)));
        }
        if !lines.is_empty() {
            self.script.beats.push(Beat::Does { at, lines });
        }
        for effect in &trace_step.effects {
            if let Effect::Called(step) = effect {
                let to = self.script.actor(OUTSIDE, true);
                let text = format!("the call of {}", self.spec.step(*step).name);
                self.script.beats.push(Beat::Comes { from: at, to, text, what: What::Other });
            }
        }
    }

    /// Who a step of the trace belongs to.
    fn at(&mut self, trace_step: &TraceStep) -> usize {
        match (trace_step.service, trace_step.cause) {
            (Some(service), _) => self.script.actor(self.spec.service(service).name.as_str(), false),
            (None, Cause::NeverRequest(_)) => self.script.actor(SOMEBODY, true),
            (None, _) => self.script.actor(OUTSIDE, true),
        }
    }

    /// Shows what a step of the trace begins with.
    fn comes(&mut self, place: usize, to: usize) {
        let trace_step = &self.trace.steps[place];
        let (from, text, what) = match trace_step.cause {
            Cause::Begin(step) | Cause::Request(step) => {
                let step = self.spec.step(step);
                let text = route(step).unwrap_or_else(|| step.name.to_string());
                (self.script.actor(SOMEBODY, true), text, What::Request)
            }
            Cause::Message(message) => {
                (self.sender(place, message), named(self.spec, message), self.kind(message))
            }
            Cause::Deadline(step) => {
                let after = self.spec.step(step).deadline().map_or_else(String::new, span);
                (self.script.actor(OUTSIDE, true), format!("{after} are over"), What::Other)
            }
            Cause::Answer(_) => (self.script.actor(OUTSIDE, true), "the answer".to_owned(), What::Other),
            Cause::NeverRequest(_) | Cause::Outside(_) | Cause::NeverOutside(_) => return,
        };
        self.script.beats.push(Beat::Comes { from, to, text, what });
    }

    /// Who published a message last, before that step of the trace.
    fn sender(&mut self, place: usize, message: Message) -> usize {
        let trace = self.trace;
        let sent = |trace_step: &&TraceStep| trace_step.effects.contains(&Effect::Sent(message));
        match trace.steps[..place].iter().rev().find(sent) {
            Some(trace_step) => self.at(trace_step),
            None => self.script.actor(OUTSIDE, true),
        }
    }

    fn kind(&self, (event, variant): Message) -> What {
        let event = self.spec.event(event);
        match variant.is_some() && variant == event.failing() {
            true => What::Failure,
            false if event.is_command() => What::Command,
            false => What::Message,
        }
    }

    fn effect(&self, place: usize, effect: &Effect) -> Option<Line> {
        let name = |step: &StepId| &self.spec.step(*step).name;
        let bad = |text: String| Line { text, tone: Tone::Failed };
        Some(match effect {
            Effect::Succeeded(step) => plain(format!("{} runs", name(step))),
            Effect::Rejected(step) => bad(format!("{} is rejected", name(step))),
            Effect::Called(step) => plain(format!("{} calls", name(step))),
            Effect::GaveUp(step) => bad(format!("{} gives up: nobody knows if it acted", name(step))),
            Effect::Closed(step) => bad(format!("{} fails without running", name(step))),
            Effect::Passed(step) => plain(format!("{} will not run", name(step))),
            Effect::Barred(step) => plain(format!("{} must not run any more", name(step))),
            Effect::Compensated(step) => Line { text: undoes(self.spec, *step), tone: Tone::Undo },
            Effect::Row(entity, status) => row(self.spec.entity(*entity), status.as_ref()?),
            Effect::Sent(message) if self.is_seen(place, *message) => return None,
            Effect::Sent(message) => plain(format!("publishes {}", named(self.spec, *message))),
        })
    }

    /// Whether a message that is sent now is shown when it comes.
    fn is_seen(&self, place: usize, message: Message) -> bool {
        let mut later = self.trace.steps.iter().zip(&self.worth).skip(place + 1);
        later.any(|(trace_step, worth)| {
            *worth != Worth::Nothing && trace_step.cause == Cause::Message(message)
        })
    }
}

fn plain(text: String) -> Line {
    Line { text, tone: Tone::Plain }
}

/// What does not happen, where that is what happens.
fn never(spec: &Resolved, cause: Cause) -> Option<Line> {
    match cause {
        Cause::NeverRequest(step) => Some(plain(format!("never asks for {}", spec.step(step).name))),
        Cause::NeverOutside(event) => Some(plain(format!("{} never comes", spec.event(event).name))),
        _ => None,
    }
}

fn row(entity: &Entity, status: &Value) -> Line {
    Line { text: format!("{} → {status}", entity.name), tone: tone(entity, status.as_str()) }
}

fn undoes(spec: &Resolved, step: StepId) -> String {
    let of = &spec.step(step).name;
    match spec.compensation_of(step).map(|it| &it.kind) {
        Some(CompensationKind::Derived { step, .. } | CompensationKind::Command { step, .. }) => {
            format!("{} undoes {of}", spec.step(*step).name)
        }
        Some(CompensationKind::Nothing) | None => format!("{of} is undone"),
    }
}
