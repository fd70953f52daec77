//! One run, moment by moment, in the words of the file.

use std::fmt;

use saga_step::flow::{Act, Flow, Note};

use super::explore::{StateSpace, replay};
use super::model::FlowModel;
use crate::checked::{CheckedSpec, EntityId, EventId, ServiceId, StepId, VariantIndex};

/// A run of the saga, from its first request to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// What happened, in order.
    pub moments: Vec<Moment>,
}

/// One transaction at one service, or a decision of somebody outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Where it happened; none outside.
    pub service: Option<ServiceId>,
    /// What was there first.
    pub cause: Cause,
    /// What came of it, in order.
    pub deeds: Vec<Deed>,
    /// The rows of the instance afterwards, with their statuses.
    pub rows: Vec<(EntityId, Option<crate::names::Value>)>,
}

/// What a moment begins with.
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
    /// A call is answered, or given up.
    Answer(StepId),
    /// An event comes from outside.
    Outside(EventId),
    /// An event from outside never comes.
    NeverOutside(EventId),
}

/// An event and its variant.
pub type Message = (EventId, Option<VariantIndex>);

/// Something that came of a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A step ran and succeeded.
    Succeeded(StepId),
    /// A step ran and was rejected.
    Rejected(StepId),
    /// A step began its call.
    Called(StepId),
    /// A call was given up, its effect unknown.
    GaveUp(StepId),
    /// A step failed without having run.
    Closed(StepId),
    /// A step will not run, and says nothing.
    Passed(StepId),
    /// A step that has not run will fail instead.
    Barred(StepId),
    /// The effect of a step was compensated.
    Compensated(StepId),
    /// A row was created or moved.
    Row(EntityId, Option<crate::names::Value>),
    /// A message was published.
    Sent(Message),
}

impl Story {
    /// How a state was reached.
    pub fn of(spec: &CheckedSpec, model: &FlowModel, space: &StateSpace, end: u32) -> Self {
        let flow = &model.flow;
        let mut state = flow.unbegun();
        let mut moments = Vec::new();
        for (act, choices) in space.path_to(end) {
            let mut notes = Vec::new();
            replay(flow, &mut state, act, &choices, &mut notes);
            let rows = (0..flow.entities().len()).filter_map(|entity| {
                let status = flow.status(&state, entity)?;
                Some((model.entities[entity], status_of(spec, model.entities[entity], status)))
            });
            moments.push(Moment {
                service: flow.service_of(act).map(|service| spec.services()[service].id),
                cause: cause(model, flow, act),
                deeds: notes.iter().map(|note| deed(spec, model, *note)).collect(),
                rows: rows.collect(),
            });
        }
        Self { moments }
    }

    /// The run without what came of nothing: messages that were absorbed.
    pub fn telling(&self) -> impl Iterator<Item = &Moment> {
        self.moments.iter().filter(|moment| !moment.is_quiet())
    }

    /// What led to the moments that are `wanted`, and these.
    pub fn leading_to(&self, spec: &CheckedSpec, wanted: impl Fn(&Moment) -> bool) -> Vec<&Moment> {
        let mut needed: Vec<bool> = self.moments.iter().map(wanted).collect();
        for at in (0..self.moments.len()).rev() {
            if !needed[at] {
                continue;
            }
            let events = self.moments[at].awaited(spec);
            for (earlier, needed) in self.moments[..at].iter().zip(&mut needed) {
                *needed |= earlier
                    .deeds
                    .iter()
                    .any(|deed| matches!(deed, Deed::Sent((event, _)) if events.contains(event)));
                *needed |= self.moments[at].steps().any(|step| earlier.steps().any(|it| it == step));
            }
        }
        let moments = self.moments.iter().zip(needed);
        moments.filter(|(moment, needed)| *needed && !moment.is_quiet()).map(|(moment, _)| moment).collect()
    }
}

impl Moment {
    fn is_quiet(&self) -> bool {
        matches!(self.cause, Cause::Message(_)) && self.deeds.is_empty()
    }

    /// The events without which it could not have been.
    fn awaited(&self, spec: &CheckedSpec) -> Vec<EventId> {
        let mut events = match self.cause {
            Cause::Message((event, _)) => vec![event],
            _ => Vec::new(),
        };
        let ran = self.deeds.iter().filter_map(|deed| match deed {
            Deed::Succeeded(step) | Deed::Rejected(step) | Deed::Called(step) => Some(*step),
            _ => None,
        });
        events.extend(ran.flat_map(|step| spec.step(step).triggers.iter().map(|it| it.event)));
        events
    }

    /// The steps that did something, or were to.
    fn steps(&self) -> impl Iterator<Item = StepId> {
        let caused = match self.cause {
            Cause::Request(step)
            | Cause::NeverRequest(step)
            | Cause::Deadline(step)
            | Cause::Answer(step) => Some(step),
            _ => None,
        };
        let did = self.deeds.iter().filter_map(|deed| match deed {
            Deed::Called(step) | Deed::Barred(step) => Some(*step),
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

fn deed(spec: &CheckedSpec, model: &FlowModel, note: Note) -> Deed {
    let step = |step: usize| model.steps[step];
    match note {
        Note::Succeeded(it, _) => Deed::Succeeded(step(it)),
        Note::Rejected(it) => Deed::Rejected(step(it)),
        Note::Called(it) => Deed::Called(step(it)),
        Note::GaveUp(it) => Deed::GaveUp(step(it)),
        Note::Closed(it) => Deed::Closed(step(it)),
        Note::Passed(it) => Deed::Passed(step(it)),
        Note::Barred(it) => Deed::Barred(step(it)),
        Note::Compensated(it) => Deed::Compensated(step(it)),
        Note::Row(entity, status) => {
            let entity = model.entities[entity];
            Deed::Row(entity, status_of(spec, entity, status))
        }
        Note::Sent(message) => Deed::Sent(model.messages[message]),
    }
}

/// The name of a status; none for an entity without statuses.
fn status_of(spec: &CheckedSpec, entity: EntityId, status: u8) -> Option<crate::names::Value> {
    let statuses = spec.entity(entity).status.as_ref()?;
    statuses.all().nth(usize::from(status)).cloned()
}

/// A message as the file names it: `OrderCreated`, `ProductDecreased.failure`.
pub struct Named<'s>(pub &'s CheckedSpec, pub Message);

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
