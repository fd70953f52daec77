//! The checked specification as a [`Flow`]: what the checker explores.

use std::collections::HashMap;

use saga_step::Phase;
use saga_step::flow::{self, Compensation, ExternalEvent, Flow, Need, Start};

use crate::resolved::row_ordering;
use crate::resolved::*;

/// The saga as the proof explores it: a [`Flow`], whose parts are plain indices,
/// and the names behind those indices.
///
/// It is the only bridge between the file and the proof. States, properties and
/// partial order know nothing but indices; only `report` translates a
/// counterexample back into the words of the file.
///
/// What must hold:
///
/// - `steps[i]`, `entities[i]`, `external_events[i]` and `messages[i]` name what
///   the flow calls `i`. If one list shifts, the proof still finds the right
///   runs and blames the wrong steps.
/// - Everything that can change the course of an instance is in the flow. Reads
///   are left out, and so are requests that neither wait nor publish. If a step
///   that takes part were missing, the proof would accept sagas that get stuck.
/// - Generated services make the same transitions. `dev/semantics` drives
///   both side by side and compares every one of them.
///
/// `docs/proof.md` describes what a state is, what is left out of it, and why
/// that is sound.
#[derive(Debug)]
pub struct FlowModel {
    /// The flow that is explored.
    pub flow: Flow,
    /// The step of the file behind each step of the flow.
    pub steps: Vec<StepId>,
    /// The entity behind each entity of the flow.
    pub entities: Vec<EntityId>,
    /// The event behind each external event of the flow.
    pub external_events: Vec<EventId>,
    /// The event and variant behind each message of the flow.
    pub messages: Vec<(EventId, Option<VariantIndex>)>,
}

impl FlowModel {
    /// Models one instance of a saga.
    pub fn of(spec: &Resolved) -> Self {
        let (first, messages) = messages(spec);
        let steps: Vec<StepId> =
            spec.steps().iter().filter(|step| takes_part(spec, step)).map(|step| step.id).collect();
        let created = |entity: &EntityId| steps.iter().any(|step| creates(spec.step(*step), *entity));
        let entities: Vec<EntityId> =
            spec.entities().iter().map(|entity| entity.id).filter(created).collect();
        let external = spec.events().iter().filter(|event| event.external == External::Publishes);
        let external_events: Vec<EventId> = external.map(|event| event.id).collect();
        let mapper = Mapper {
            spec,
            first,
            places: steps.iter().enumerate().map(|(place, id)| (*id, place)).collect(),
            entities: entities.iter().enumerate().map(|(place, id)| (*id, place)).collect(),
            early: row_ordering::unordered(spec),
        };
        let flow = Flow::new(
            spec.services().len(),
            messages.len(),
            steps.iter().map(|step| mapper.step(spec.step(*step))).collect(),
            entities.iter().map(|entity| mapper.entity(*entity, &steps)).collect(),
            external_events.iter().map(|event| ExternalEvent { messages: mapper.variants(*event) }).collect(),
        );
        Self { flow, steps, entities, external_events, messages }
    }
}

type Messages = Vec<(EventId, Option<VariantIndex>)>;

/// Every message, and the index of the first message of each event.
fn messages(spec: &Resolved) -> (Vec<usize>, Messages) {
    let (mut first, mut messages) = (Vec::new(), Vec::new());
    for event in spec.events() {
        first.push(messages.len());
        messages.extend(event.variants().into_iter().map(|variant| (event.id, variant)));
    }
    (first, messages)
}

fn takes_part(spec: &Resolved, step: &Step) -> bool {
    match step.kind {
        StepKind::Request => step.reads.is_none() && step.correlation.is_some(),
        StepKind::Subscription => true,
        StepKind::Compensation(id) => {
            matches!(spec.compensation(id).kind, CompensationKind::Command { .. })
        }
    }
}

fn creates(step: &Step, entity: EntityId) -> bool {
    step.creates.as_ref().is_some_and(|creation| creation.entity == entity)
}

/// Whether a request begins an instance: it allocates the correlation, takes it
/// from its body, or creates the row whose key it is, which its path says.
pub(crate) fn begins(step: &Step) -> bool {
    let made = match &step.correlation {
        Some(FieldSource::EntityKey(entity)) => creates(step, *entity),
        Some(FieldSource::Body(_)) => step.creates.is_some() || step.rows.is_empty(),
        Some(source @ FieldSource::PathParam(_)) => {
            let key = step.creates.as_ref().and_then(|creation| creation.key.as_ref());
            key.is_some_and(|key| key == source || *key == FieldSource::Correlation)
        }
        _ => false,
    };
    step.is_request() && step.triggers.is_empty() && made
}

/// Whether a step needs a row that remembers its state.
pub(crate) fn keeps(spec: &Resolved, step: &Step, early: &[(StepId, StepId)]) -> bool {
    let closes_late = step.closers.iter().any(|it| !matches!(it, Closer::FailedTrigger(..)));
    let derived =
        spec.compensation_of(step.id).is_some_and(|it| matches!(it.kind, CompensationKind::Derived { .. }));
    let waits_for_row = early.iter().any(|(waits, creates)| *waits == step.id || *creates == step.id);
    let acted = step.is_request() && !begins(step) && (!step.triggers.is_empty() || repeats(spec, step));
    step.triggers.len() > 1 || closes_late || derived || waits_for_row || acted || calls(step)
}

/// Whether a step is answered in another transaction than the one that finds all its messages there.
fn calls(step: &Step) -> bool {
    let asks = matches!(step.handler, HandlerKind::Call | HandlerKind::Sql);
    asks && !matches!(step.kind, StepKind::Compensation(_))
}

/// Whether a request could run again in the same instance if no step row told that it has: nothing
/// that it does to its rows stands against it.
fn repeats(spec: &Resolved, step: &Step) -> bool {
    let ended = |used: &RowUse| {
        let entity = spec.entity(used.entity);
        let (Some(to), Some(status)) = (&used.to, &entity.status) else { return false };
        let accepts = |value: &crate::names::Value| match &used.guard {
            Some(Guard::From(values)) => values.contains(value),
            Some(Guard::Unended) | None => !status.is_end(value),
        };
        let others = spec.steps().iter().filter(|other| other.id != step.id).flat_map(|other| &other.rows);
        let mut back =
            others.filter(|other| other.entity == used.entity).filter_map(|other| other.to.as_ref());
        // A step that can fail publishes its outcome again.
        let again = step.failure.is_some() && accepts(to);
        let own = spec.steps().iter().any(|other| creates(other, used.entity));
        own && !again && !back.any(accepts)
    };
    !step.rows.iter().any(ended)
}

struct Mapper<'s> {
    spec: &'s Resolved,
    first: Vec<usize>,
    places: HashMap<StepId, usize>,
    entities: HashMap<EntityId, usize>,
    early: Vec<(StepId, StepId)>,
}

impl Mapper<'_> {
    fn message(&self, event: EventId, variant: Option<VariantIndex>) -> usize {
        self.first[event.index()] + variant.map_or(0, |variant| variant.0)
    }

    /// The messages of an event.
    fn variants(&self, event: EventId) -> Vec<usize> {
        let variants = self.spec.event(event).variants();
        variants.into_iter().map(|variant| self.message(event, variant)).collect()
    }

    /// The messages that satisfy a trigger.
    fn accepted(&self, event: EventId, variant: Option<VariantIndex>) -> Vec<usize> {
        let of = self.spec.event(event);
        match (variant, of.failing()) {
            (Some(_), _) => vec![self.message(event, variant)],
            (None, None) => self.variants(event),
            (None, failing) => {
                let good = of.variants().into_iter().filter(|variant| *variant != failing);
                good.map(|variant| self.message(event, variant)).collect()
            }
        }
    }

    fn need(&self, trigger: &Trigger) -> Need {
        let accepts = self.accepted(trigger.event, trigger.variant);
        let named = trigger.variant.is_some();
        let others = self.variants(trigger.event).into_iter();
        let excludes = others.filter(|message| named && !accepts.contains(message)).collect();
        Need { accepts, excludes }
    }

    fn closers(&self, step: &Step) -> Vec<usize> {
        let of = |closer: &Closer| match closer {
            Closer::FailedTrigger(trigger, variant) => {
                vec![self.message(step.triggers[trigger.0].event, Some(*variant))]
            }
            Closer::Unless(EventRef { event, variant: None, .. }) => self.variants(*event),
            Closer::Unless(EventRef { event, variant, .. }) => vec![self.message(*event, *variant)],
            Closer::Deadline(..) => Vec::new(),
        };
        step.closers.iter().flat_map(of).collect()
    }

    fn step(&self, step: &Step) -> flow::Step {
        let failure = step.failure.as_ref();
        let chosen = |choice: &Choice| matches!(choice, Choice::Source(_));
        let source_decides = step.emissions.iter().any(|emission| chosen(&emission.choice));
        flow::Step {
            name: step.name.to_string(),
            service: step.service.index(),
            start: match step.is_request() {
                true if begins(step) => Start::Beginning,
                true => Start::Person,
                false => Start::Messages,
            },
            all: step.needs_all().map(|(_, trigger)| self.need(trigger)).collect(),
            any: step.needs_one().map(|(_, trigger)| self.need(trigger)).collect(),
            closers: self.closers(step),
            deadline: step.deadline().is_some(),
            calls: calls(step),
            sql: calls(step) && step.handler == HandlerKind::Sql,
            kept: keeps(self.spec, step, &self.early),
            rows: step.rows.iter().filter_map(|row| self.row(step, row)).collect(),
            creates: step.creates.as_ref().and_then(|it| self.entities.get(&it.entity).copied()),
            successes: self.successes(step),
            rejects: failure.is_some() && (!step.is_request() || source_decides),
            failure: failure.map(|it| self.message(it.event, Some(it.variant))),
            commands: step.commands.iter().map(|command| self.command(step, command)).collect(),
            undo: self.undo(step),
            compensates: match step.kind {
                StepKind::Compensation(id) => self.places.get(&self.spec.compensation(id).of).copied(),
                StepKind::Request | StepKind::Subscription => None,
            },
        }
    }

    /// What the step publishes for each way to succeed. At most one of its events
    /// has variants to choose from.
    fn successes(&self, step: &Step) -> Vec<Vec<usize>> {
        let mut ways: Vec<Vec<usize>> = vec![Vec::new()];
        for emission in &step.emissions {
            let messages = match emission.choice {
                Choice::Plain => vec![self.message(emission.event, None)],
                Choice::Fixed(variant) => vec![self.message(emission.event, Some(variant))],
                Choice::Handler | Choice::Source(_) => self.accepted(emission.event, None),
            };
            let with = |way: &Vec<usize>| {
                let way = way.clone();
                messages.iter().map(move |message| [way.clone(), vec![*message]].concat()).collect::<Vec<_>>()
            };
            ways = ways.iter().flat_map(with).collect();
        }
        ways
    }

    fn command(&self, step: &Step, command: &CommandEmission) -> flow::Command {
        let needs = step.needs_all().chain(step.needs_one());
        let before = needs.take_while(|(index, _)| *index != command.success).count();
        flow::Command { need: before, message: self.message(command.command, None) }
    }

    fn undo(&self, step: &Step) -> Compensation {
        match self.spec.compensation_of(step.id).map(|it| &it.kind) {
            None => Compensation::Missing,
            Some(CompensationKind::Nothing) => Compensation::Needless,
            Some(CompensationKind::Command { .. }) => Compensation::Command,
            Some(CompensationKind::Derived { failures, .. }) => {
                let messages = failures.iter().flat_map(|it| self.accepted(it.event, it.variant));
                Compensation::Derived { failures: messages.collect() }
            }
        }
    }

    fn row(&self, step: &Step, used: &RowUse) -> Option<flow::RowUse> {
        // There is a row afterwards in any case, and none of this instance's own.
        if used.missing.is_some() {
            return None;
        }
        let status = self.spec.entity(used.entity).status.as_ref();
        let place = |value| status.and_then(|status| place(status, value));
        let from = match &used.guard {
            Some(Guard::From(values)) => Some(values.iter().filter_map(place).collect()),
            Some(Guard::Unended) | None => None,
        };
        let to = used.to.as_ref().and_then(place);
        let Some(entity) = self.entities.get(&used.entity) else {
            let statuses = phases(status);
            return used.guard.is_some().then_some(flow::RowUse::Shared { statuses, from, to });
        };
        Some(flow::RowUse::Own {
            entity: *entity,
            from,
            to,
            unguarded: used.guard.is_none(),
            early: self
                .early
                .iter()
                .any(|(waits, creator)| *waits == step.id && creates(self.spec.step(*creator), used.entity)),
        })
    }

    fn entity(&self, id: EntityId, steps: &[StepId]) -> flow::Entity {
        let creators = steps.iter().enumerate().filter(|(_, step)| creates(self.spec.step(**step), id));
        flow::Entity {
            statuses: phases(self.spec.entity(id).status.as_ref()),
            creators: creators.map(|(place, _)| place).collect(),
        }
    }
}

fn place(status: &Status, value: &crate::names::Value) -> Option<u8> {
    status.all().position(|it| it == value).and_then(|place| u8::try_from(place).ok())
}

/// The phase of each status; a row without statuses is open.
fn phases(status: Option<&Status>) -> Vec<Phase> {
    let Some(status) = status else { return vec![Phase::Open] };
    let phase = |value| match (status.is_failed(value), status.is_end(value)) {
        (true, _) => Phase::Failed,
        (_, true) => Phase::Done,
        (_, false) => Phase::Open,
    };
    status.all().map(phase).collect()
}
