//! The trace of one run, step by step, in the names of the file.

use std::fmt;

use saga_step::flow::{Act, Flow, Note};

use super::explore::{StateSpace, replay};
use super::model::FlowModel;
use crate::resolved::{EntityId, EventId, Resolved, ServiceId, StepId, VariantIndex};

/// A run of the saga, from its first request to an end: a counterexample, or the
/// proof that an end is reachable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The steps, in order.
    pub steps: Vec<TraceStep>,
}

/// One transaction at one service, or a decision made outside the saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceStep {
    /// The service that ran it; none if it happened outside the saga.
    pub service: Option<ServiceId>,
    /// What triggered it.
    pub cause: Cause,
    /// What it did, in order.
    pub effects: Vec<Effect>,
    /// The rows of the instance after it, with their statuses.
    pub rows: Vec<(EntityId, Option<crate::names::Value>)>,
}

/// What triggers a step of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The request that begins the instance.
    Begin(StepId),
    /// A message.
    Message(Message),
    /// A person acts.
    Request(StepId),
    /// A person never acts.
    NeverRequest(StepId),
    /// A deadline passes.
    Deadline(StepId),
    /// A call is answered, or its retries are exhausted.
    Answer(StepId),
    /// An external producer publishes an event.
    Outside(EventId),
    /// An external producer never publishes an event.
    NeverOutside(EventId),
}

/// An event and its variant.
pub type Message = (EventId, Option<VariantIndex>);

/// Something that a step of a trace did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A step ran and succeeded.
    Succeeded(StepId),
    /// A step ran and was rejected.
    Rejected(StepId),
    /// A step began its call.
    Called(StepId),
    /// The retries of a call were exhausted; its effect is unknown.
    GaveUp(StepId),
    /// A step failed without having run.
    Closed(StepId),
    /// A step will not run, and publishes nothing.
    Passed(StepId),
    /// A step that has not started will fail instead of running.
    Barred(StepId),
    /// The effect of a step was compensated.
    Compensated(StepId),
    /// A row was created or moved.
    Row(EntityId, Option<crate::names::Value>),
    /// A message was published.
    Sent(Message),
}

impl Trace {
    /// The shortest explored path to a state.
    pub fn of(spec: &Resolved, model: &FlowModel, space: &StateSpace, end: u32) -> Self {
        let flow = &model.flow;
        let mut state = flow.unbegun();
        let mut steps = Vec::new();
        for (act, choices) in space.path_to(end) {
            let mut notes = Vec::new();
            replay(flow, &mut state, act, &choices, &mut notes);
            let rows = (0..flow.entities().len()).filter_map(|entity| {
                let status = flow.status(&state, entity)?;
                Some((model.entities[entity], status_of(spec, model.entities[entity], status)))
            });
            steps.push(TraceStep {
                service: flow.service_of(act).map(|service| spec.services()[service].id),
                cause: cause(model, flow, act),
                effects: notes.iter().map(|note| effect(spec, model, *note)).collect(),
                rows: rows.collect(),
            });
        }
        Self { steps }
    }

    /// The steps worth reading: all but the messages that were absorbed.
    pub fn relevant(&self) -> impl Iterator<Item = &TraceStep> {
        self.steps.iter().filter(|trace_step| !trace_step.is_absorbed())
    }

    /// The `wanted` steps, and those that led to them.
    pub fn leading_to(&self, spec: &Resolved, wanted: impl Fn(&TraceStep) -> bool) -> Vec<&TraceStep> {
        let mut needed: Vec<bool> = self.steps.iter().map(wanted).collect();
        for at in (0..self.steps.len()).rev() {
            if !needed[at] {
                continue;
            }
            let events = self.steps[at].awaited(spec);
            for (earlier, needed) in self.steps[..at].iter().zip(&mut needed) {
                *needed |= earlier
                    .effects
                    .iter()
                    .any(|effect| matches!(effect, Effect::Sent((event, _)) if events.contains(event)));
                *needed |=
                    self.steps[at].acting_steps().any(|step| earlier.acting_steps().any(|it| it == step));
            }
        }
        let steps = self.steps.iter().zip(needed);
        steps
            .filter(|(trace_step, needed)| *needed && !trace_step.is_absorbed())
            .map(|(trace_step, _)| trace_step)
            .collect()
    }
}

impl TraceStep {
    fn is_absorbed(&self) -> bool {
        matches!(self.cause, Cause::Message(_)) && self.effects.is_empty()
    }

    /// The events it could not have happened without.
    fn awaited(&self, spec: &Resolved) -> Vec<EventId> {
        let mut events = match self.cause {
            Cause::Message((event, _)) => vec![event],
            _ => Vec::new(),
        };
        let ran = self.effects.iter().filter_map(|effect| match effect {
            Effect::Succeeded(step) | Effect::Rejected(step) | Effect::Called(step) => Some(*step),
            _ => None,
        });
        events.extend(ran.flat_map(|step| spec.step(step).triggers.iter().map(|it| it.event)));
        events
    }

    /// The steps of the saga that acted here, or that it waited for.
    fn acting_steps(&self) -> impl Iterator<Item = StepId> {
        let caused = match self.cause {
            Cause::Request(step)
            | Cause::NeverRequest(step)
            | Cause::Deadline(step)
            | Cause::Answer(step) => Some(step),
            _ => None,
        };
        let did = self.effects.iter().filter_map(|effect| match effect {
            Effect::Called(step) | Effect::Barred(step) => Some(*step),
            _ => None,
        });
        did.chain(caused)
    }
}

fn cause(model: &FlowModel, flow: &Flow, act: Act) -> Cause {
    match act {
        Act::Begin(step) => Cause::Begin(model.steps[step]),
        Act::Receive(channel) => Cause::Message(model.messages[flow.channels()[channel].message]),
        Act::Request(step) => Cause::Request(model.steps[step]),
        Act::NeverRequest(step) => Cause::NeverRequest(model.steps[step]),
        Act::Deadline(step) => Cause::Deadline(model.steps[step]),
        Act::Answer(step) => Cause::Answer(model.steps[step]),
        Act::Publish(external) => Cause::Outside(model.external_events[external]),
        Act::NeverPublish(external) => Cause::NeverOutside(model.external_events[external]),
    }
}

fn effect(spec: &Resolved, model: &FlowModel, note: Note) -> Effect {
    let step = |step: usize| model.steps[step];
    match note {
        Note::Succeeded(it, _) => Effect::Succeeded(step(it)),
        Note::Rejected(it) => Effect::Rejected(step(it)),
        Note::Called(it) => Effect::Called(step(it)),
        Note::GaveUp(it) => Effect::GaveUp(step(it)),
        Note::Closed(it) => Effect::Closed(step(it)),
        Note::Passed(it, _) => Effect::Passed(step(it)),
        Note::Barred(it) => Effect::Barred(step(it)),
        Note::Compensated(it) => Effect::Compensated(step(it)),
        Note::Row(entity, status) => {
            let entity = model.entities[entity];
            Effect::Row(entity, status_of(spec, entity, status))
        }
        Note::Sent(message) => Effect::Sent(model.messages[message]),
    }
}

/// The name of a status; none for an entity that declares no statuses.
fn status_of(spec: &Resolved, entity: EntityId, status: u8) -> Option<crate::names::Value> {
    let statuses = spec.entity(entity).status.as_ref()?;
    statuses.all().nth(usize::from(status)).cloned()
}

/// A message as the file names it: `OrderCreated`, `ProductDecreased.failure`.
pub struct Named<'s>(pub &'s Resolved, pub Message);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(spec, (event, variant)) = self;
        let event = spec.event(*event);
        match variant {
            None => write!(f, "{}", event.name),
            Some(variant) => write!(f, "{}.{}", event.name, event.variant(*variant).name),
        }
    }
}
