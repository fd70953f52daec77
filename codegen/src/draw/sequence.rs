//! The sequence diagram of one run, whatever format it is drawn in.

use std::collections::HashSet;

use super::chart::{Line, Tone, named, route, span, tone};
use crate::names::Value;
use crate::prove::trace::{Cause, Effect, Message, Trace, TraceStep};
use crate::resolved::*;

/// A run of a saga, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceDiagram {
    /// The saga.
    pub saga: String,
    /// Services and outside parties, from left to right.
    pub participants: Vec<Participant>,
    /// What happens, from top to bottom.
    pub items: Vec<Item>,
    /// The rows at the end and their statuses; empty if no row has one.
    pub end: String,
    /// What is wrong with that end.
    pub violation: String,
}

/// A service, or a party outside the saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// The name above its lifeline.
    pub name: String,
    /// Whether it is outside the saga rather than a service of the file.
    pub outside: bool,
}

/// Something that happens in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An arrow from one participant to another.
    Message {
        /// The index of the sender.
        from: usize,
        /// The index of the receiver.
        to: usize,
        /// The text on the arrow.
        text: String,
        /// What the arrow stands for.
        kind: MessageKind,
    },
    /// A note on what a participant does.
    Note {
        /// The index of the participant.
        at: usize,
        /// The text, line by line.
        lines: Vec<Line>,
    },
}

/// What an arrow stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// A message that is neither a failure nor a command.
    Message,
    /// A failing variant.
    Failure,
    /// A command.
    Command,
    /// A request of a client.
    Request,
    /// A deadline, or a call and its answer.
    Other,
}

/// Sends requests.
const CLIENT: &str = "client";
/// Everything else outside the saga: time, other systems.
const EXTERNAL: &str = "external";

impl SequenceDiagram {
    /// The diagram of a trace, and what is wrong with its end.
    pub fn of(spec: &Resolved, trace: &Trace, violation: &str) -> Self {
        let diagram = Self {
            saga: spec.sagas()[0].name.to_string(),
            participants: Vec::new(),
            items: Vec::new(),
            end: end(spec, trace),
            violation: violation.replace('`', ""),
        };
        let mut writer = Writer { spec, trace, worth: worth(spec, trace), diagram };
        for place in 0..trace.steps.len() {
            writer.add(place);
        }
        let mut diagram = writer.diagram;
        diagram.put_in_order(spec);
        diagram
    }

    /// The index of a participant, added if it is new.
    fn participant(&mut self, name: &str, outside: bool) -> usize {
        let there = self
            .participants
            .iter()
            .position(|participant| participant.name == name && participant.outside == outside);
        there.unwrap_or_else(|| {
            self.participants.push(Participant { name: name.to_owned(), outside });
            self.participants.len() - 1
        })
    }

    /// The client first, then services in file order, then everything else outside.
    fn put_in_order(&mut self, spec: &Resolved) {
        let services: Vec<&str> = spec.services().iter().map(|service| service.name.as_str()).collect();
        let rank = |participant: &Participant| match participant.outside {
            true if participant.name == CLIENT => 0,
            true => services.len() + 1,
            false => 1 + services.iter().position(|name| *name == participant.name).unwrap_or(0),
        };
        let mut order: Vec<usize> = (0..self.participants.len()).collect();
        order.sort_by_key(|place| rank(&self.participants[*place]));
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, old)| places[*old] = new);
        for item in &mut self.items {
            match item {
                Item::Message { from, to, .. } => (*from, *to) = (places[*from], places[*to]),
                Item::Note { at, .. } => *at = places[*at],
            }
        }
        self.participants = order.iter().map(|old| self.participants[*old].clone()).collect();
    }
}

/// The rows at the end: `Order CANCELLED, Rental HELD`.
fn end(spec: &Resolved, trace: &Trace) -> String {
    let rows = trace.steps.last().map_or(&[][..], |trace_step| &trace_step.rows);
    let rows = rows.iter().filter_map(|(entity, status)| Some((spec.entity(*entity), status.as_ref()?)));
    let rows: Vec<String> = rows.map(|(entity, status)| format!("{} {status}", entity.name)).collect();
    rows.join(", ")
}

/// Whether a step of the trace is worth a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worth {
    /// It changed nothing.
    Nothing,
    /// A step keeps the message and waits for others.
    Waits(StepId),
    /// It had effects.
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
    diagram: SequenceDiagram,
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
            self.diagram.items.push(Item::Note { at, lines });
        }
        for effect in &trace_step.effects {
            if let Effect::Called(step) = effect {
                let to = self.diagram.participant(EXTERNAL, true);
                let text = format!("call of {}", self.spec.step(*step).name);
                self.diagram.items.push(Item::Message { from: at, to, text, kind: MessageKind::Other });
            }
        }
    }

    /// The participant that a step of the trace belongs to.
    fn at(&mut self, trace_step: &TraceStep) -> usize {
        match (trace_step.service, trace_step.cause) {
            (Some(service), _) => self.diagram.participant(self.spec.service(service).name.as_str(), false),
            (None, Cause::NeverRequest(_)) => self.diagram.participant(CLIENT, true),
            (None, _) => self.diagram.participant(EXTERNAL, true),
        }
    }

    /// Draws the arrow that triggers a step of the trace.
    fn comes(&mut self, place: usize, to: usize) {
        let trace_step = &self.trace.steps[place];
        let (from, text, kind) = match trace_step.cause {
            Cause::Begin(step) | Cause::Request(step) => {
                let step = self.spec.step(step);
                let text = route(step).unwrap_or_else(|| step.name.to_string());
                (self.diagram.participant(CLIENT, true), text, MessageKind::Request)
            }
            Cause::Message(message) => {
                (self.sender(place, message), named(self.spec, message), self.kind(message))
            }
            Cause::Deadline(step) => {
                let after = self.spec.step(step).deadline().map_or_else(String::new, span);
                (self.diagram.participant(EXTERNAL, true), format!("after {after}"), MessageKind::Other)
            }
            Cause::Answer(_) => {
                (self.diagram.participant(EXTERNAL, true), "answer".to_owned(), MessageKind::Other)
            }
            Cause::NeverRequest(_) | Cause::Outside(_) | Cause::NeverOutside(_) => return,
        };
        self.diagram.items.push(Item::Message { from, to, text, kind });
    }

    /// The last publisher of a message before that step of the trace.
    fn sender(&mut self, place: usize, message: Message) -> usize {
        let trace = self.trace;
        let sent = |trace_step: &&TraceStep| trace_step.effects.contains(&Effect::Sent(message));
        match trace.steps[..place].iter().rev().find(sent) {
            Some(trace_step) => self.at(trace_step),
            None => self.diagram.participant(EXTERNAL, true),
        }
    }

    fn kind(&self, (event, variant): Message) -> MessageKind {
        let event = self.spec.event(event);
        match variant.is_some() && variant == event.failing() {
            true => MessageKind::Failure,
            false if event.is_command() => MessageKind::Command,
            false => MessageKind::Message,
        }
    }

    fn effect(&self, place: usize, effect: &Effect) -> Option<Line> {
        let name = |step: &StepId| &self.spec.step(*step).name;
        let bad = |text: String| Line { text, tone: Tone::Failed };
        Some(match effect {
            Effect::Succeeded(step) => plain(format!("{} runs", name(step))),
            Effect::Rejected(step) => bad(format!("{} rejects", name(step))),
            Effect::Called(step) => plain(format!("{} starts its call", name(step))),
            Effect::GaveUp(step) => {
                bad(format!("{} exhausts its retries: its call may have taken effect", name(step)))
            }
            Effect::Closed(step) => bad(format!("{} fails without running", name(step))),
            Effect::Passed(step) => plain(format!("{} is skipped", name(step))),
            Effect::Barred(step) => plain(format!("{} is barred from running", name(step))),
            Effect::Compensated(step) => Line { text: compensates(self.spec, *step), tone: Tone::Undo },
            Effect::Row(entity, status) => row(self.spec.entity(*entity), status.as_ref()?),
            Effect::Sent(message) if self.is_seen(place, *message) => return None,
            Effect::Sent(message) => plain(format!("publishes {}", named(self.spec, *message))),
        })
    }

    /// Whether a message published now has an arrow later on.
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

/// The note for a request or an event that never comes.
fn never(spec: &Resolved, cause: Cause) -> Option<Line> {
    match cause {
        Cause::NeverRequest(step) => Some(plain(format!("never requests {}", spec.step(step).name))),
        Cause::NeverOutside(event) => Some(plain(format!("{} never arrives", spec.event(event).name))),
        _ => None,
    }
}

fn row(entity: &Entity, status: &Value) -> Line {
    Line { text: format!("{} → {status}", entity.name), tone: tone(entity, status.as_str()) }
}

fn compensates(spec: &Resolved, step: StepId) -> String {
    let of = &spec.step(step).name;
    match spec.compensation_of(step).map(|it| &it.kind) {
        Some(CompensationKind::Derived { step, .. } | CompensationKind::Command { step, .. }) => {
            format!("{} compensates {of}", spec.step(*step).name)
        }
        Some(CompensationKind::Nothing) | None => format!("{of} is compensated"),
    }
}
