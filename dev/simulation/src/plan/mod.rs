//! What the file says of a saga: its messages, steps and rows by name, and the ends that its proof knows.

mod bodies;
mod effects;
mod ends;
mod people;
mod sights;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use saga_cli::pipeline;
use saga_cli::prove::model::FlowModel;
use saga_cli::resolved::{EntityId, EntityKey, Resolved, WireValue};
use saga_cli::source::Source;
use saga_step::flow::{Compensation, Start, Step};
use serde_json::Value;

pub(crate) use bodies::Beginning;
use effects::Effects;
pub(crate) use ends::Ends;
pub(crate) use people::{Look, Named, Person};
pub(crate) use sights::Seen;
use sights::Sights;

/// A message that a service has not handled, and never will: the indices of both in the flow.
pub(crate) type Stuck = BTreeSet<(usize, usize)>;

/// A saga as its file describes it. Messages, steps and entities are indices into its flow.
pub(crate) struct Plan {
    spec: Resolved,
    model: FlowModel,
    wires: Vec<Wire>,
    /// The steps that keep a row, with names that live as long as the process.
    kept: Vec<(usize, &'static str)>,
    /// The steps that wait for a person.
    people: Vec<Person>,
    /// What can be seen of an instance from outside.
    sights: Sights,
    /// The steps whose effects are compensated by a handler.
    effects: Effects,
    /// The ends that were looked for before.
    known: Mutex<BTreeMap<(Stuck, bool), Arc<Ends>>>,
}

/// How a message is told from others.
struct Wire {
    topic: String,
    /// The field with the correlation.
    correlation: String,
    /// The field that tells variants apart, and its value.
    outcome: Option<(String, Value)>,
}

/// An entity whose rows belong to single instances.
pub(crate) struct Owned<'p> {
    /// The service.
    pub service: &'p str,
    /// The table.
    pub table: &'p str,
    /// The column with the correlation.
    pub column: String,
    /// Its statuses in the order of the flow; none for a row without one.
    pub statuses: Vec<&'p str>,
}

impl Plan {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Self {
        let source = Source::read(path).expect("the file");
        let spec = pipeline::check(&source).resolved.expect("a specification without errors");
        let model = FlowModel::of(&spec);
        let wires = model.messages.iter().map(|(event, variant)| {
            let event = spec.event(*event);
            let correlation = event.field(spec.sagas()[0].correlation.as_str()).expect("a correlation");
            let outcome = event.outcome.as_ref().zip(*variant).map(|(outcome, variant)| {
                let value = match &outcome.variants[variant.0].wire {
                    WireValue::Bool(value) => (*value).into(),
                    WireValue::Text(value) => value.as_str().into(),
                };
                (outcome.field.as_str().to_owned(), value)
            });
            Wire {
                topic: event.topic.as_str().to_owned(),
                correlation: correlation.wire.as_str().to_owned(),
                outcome,
            }
        });
        let wires = wires.collect();
        let sights = Sights::of(&model.flow, model.messages.len());
        let name =
            |step: usize| -> &'static str { spec.step(model.steps[step]).name.as_str().to_owned().leak() };
        let kept = (0..model.steps.len()).filter(|step| model.flow.steps()[*step].kept);
        let kept = kept.map(|step| (step, name(step))).collect();
        let people = Self::people_of(&spec, &model);
        let effects = Effects::of(&spec, &model);
        Self { spec, model, wires, kept, people, sights, effects, known: Mutex::default() }
    }

    /// The services, in the order of the file.
    pub(crate) fn services(&self) -> Vec<&str> {
        self.spec.services().iter().map(|service| service.name.as_str()).collect()
    }

    /// The requests that begin an instance and say all in their bodies.
    pub(crate) fn drawn(&self) -> Vec<Beginning> {
        Beginning::all(&self.spec)
    }

    /// The steps that wait for a person.
    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    /// Which message it is that came on a topic.
    pub(crate) fn message(&self, topic: &str, body: &Value) -> Option<usize> {
        self.wires.iter().position(|wire| {
            let is = |(field, value): &(String, Value)| body.get(field) == Some(value);
            wire.topic == topic && wire.outcome.as_ref().is_none_or(is)
        })
    }

    /// The correlation of a message that came on a topic, as text.
    pub(crate) fn correlation(&self, topic: &str, body: &Value) -> Option<String> {
        let wire = self.wires.iter().find(|wire| wire.topic == topic)?;
        as_text(body.get(&wire.correlation)?)
    }

    /// A message, as it is written.
    pub(crate) fn message_name(&self, message: usize) -> String {
        let (event, variant) = self.model.messages[message];
        let event = self.spec.event(event);
        let variant = variant.map(|variant| format!(".{}", event.variant(variant).name));
        format!("{}{}", event.name, variant.unwrap_or_default())
    }

    /// The topic of a message.
    pub(crate) fn topic_of(&self, message: usize) -> &str {
        &self.wires[message].topic
    }

    /// How many kinds of messages there are.
    pub(crate) fn messages(&self) -> usize {
        self.wires.len()
    }

    /// How many steps may publish a message.
    pub(crate) fn senders(&self, message: usize) -> usize {
        let sends = |step: &&saga_step::flow::Step| step.sends().any(|sent| sent == message);
        self.model.flow.steps().iter().filter(sends).count()
    }

    /// Whether an external producer publishes a message: then as often as it likes.
    pub(crate) fn is_external(&self, message: usize) -> bool {
        self.model.flow.external_events().iter().any(|event| event.messages.contains(&message))
    }

    /// Whether a message is published by a step that begins an instance.
    pub(crate) fn is_published_at_the_beginning(&self, message: usize) -> bool {
        let steps = self.model.flow.steps().iter().filter(|step| step.start == Start::Beginning);
        steps.into_iter().any(|step| step.sends().any(|sent| sent == message))
    }

    /// The message at a service, if a step there hears it.
    pub(crate) fn handles(&self, service: &str, message: usize) -> Option<(usize, usize)> {
        let flow = &self.model.flow;
        let at = self.services().iter().position(|name| *name == service)?;
        let heard = flow.channels_of(message).iter().any(|channel| flow.channels()[*channel].service == at);
        heard.then_some((message, at))
    }

    /// The steps that keep a row: the index of each, its service, and its name.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (usize, &str, &'static str)> {
        self.kept.iter().map(|(step, name)| (*step, self.service_of(*step), *name))
    }

    /// The name of a step.
    pub(crate) fn step_name(&self, step: usize) -> &str {
        self.spec.step(self.model.steps[step]).name.as_str()
    }

    /// Every step that may fail: its index, the messages that close it, and the message that says so.
    pub(crate) fn failing(&self) -> impl Iterator<Item = (usize, &[usize], usize)> {
        let steps = self.model.flow.steps().iter().enumerate();
        steps.filter_map(|(at, step)| Some((at, step.closers.as_slice(), step.failure?)))
    }

    /// Whether a step may fail without its handler, for want of a row that it loads.
    pub(crate) fn shares_rows(&self, step: usize) -> bool {
        let rows = &self.spec.step(self.model.steps[step]).rows;
        rows.iter().any(|row| !self.model.entities.contains(&row.entity))
    }

    /// The service of a step.
    pub(crate) fn service_of(&self, step: usize) -> &str {
        self.spec.services()[self.model.flow.steps()[step].service].name.as_str()
    }

    /// The service of the step of that name.
    pub(crate) fn service_of_step(&self, step: &str) -> Option<&str> {
        (0..self.model.steps.len()).find(|at| self.step_name(*at) == step).map(|at| self.service_of(at))
    }

    /// Whether the step of that name fails when it was tried too often. A request is tried until it is answered,
    /// and so is a call whose effect may stay: it is unknown whether it has any.
    pub(crate) fn may_give_up(&self, step: &str) -> bool {
        let steps = self.model.flow.steps().iter().enumerate();
        let may_stay = |def: &Step| def.calls && !def.sql && def.undo == Compensation::Needless;
        steps
            .filter(|(at, _)| self.step_name(*at) == step)
            .any(|(_, def)| def.rejects && def.start == Start::Messages && !may_stay(def))
    }

    /// Whether the step of that name compensates another.
    pub(crate) fn compensates(&self, step: &str) -> bool {
        let found = self.spec.steps().iter().find(|found| found.name.as_str() == step);
        found.is_some_and(|found| matches!(found.kind, saga_cli::resolved::StepKind::Compensation(_)))
    }

    /// Whether a message is a command that asks for a compensation.
    pub(crate) fn asks_for_compensation(&self, topic: &str) -> bool {
        let events = self.spec.events().iter();
        events.filter(|event| event.topic.as_str() == topic).any(|event| event.is_command())
    }

    /// The entities whose rows begin an instance.
    fn begun(&self) -> impl Iterator<Item = EntityId> {
        let steps = self.model.flow.steps().iter().filter(|step| step.start == Start::Beginning);
        steps.filter_map(|step| Some(self.model.entities[step.creates?]))
    }

    /// Where rows begin an instance: service, table, and whether a status of that table is an end.
    pub(crate) fn beginnings(&self) -> Vec<(Owned<'_>, Vec<&str>)> {
        let unended = |entity| {
            let status = self.spec.entity(entity).status.as_ref();
            status.map_or_else(Vec::new, |status| status.unended().map(|it| it.as_str()).collect())
        };
        self.begun().filter_map(|entity| Some((self.owned(entity)?, unended(entity)))).collect()
    }

    fn owner(&self, entity: EntityId) -> &str {
        self.spec.service(self.spec.entity(entity).service).name.as_str()
    }

    /// Where the rows of an entity are, if each belongs to an instance.
    fn owned(&self, entity: EntityId) -> Option<Owned<'_>> {
        let correlation = self.spec.sagas()[0].correlation.as_str();
        let found = self.spec.entity(entity);
        let key = match &found.key {
            EntityKey::Given { field, .. } => snake(field.as_str()),
            EntityKey::Allocated(_) => "id".to_owned(),
        };
        let column = match found.field(correlation) {
            Some(_) => snake(correlation),
            None if found.key_reference().as_str() == correlation => key,
            None => return None,
        };
        let statuses = found.status.iter().flat_map(|status| status.all()).map(|it| it.as_str()).collect();
        Some(Owned { service: self.owner(entity), table: found.table.as_str(), column, statuses })
    }

    /// Every entity of the flow whose rows belong to single instances, by index.
    pub(crate) fn entities(&self) -> impl Iterator<Item = (usize, Owned<'_>)> {
        let entities = self.model.entities.iter().enumerate();
        entities.filter_map(|(at, entity)| Some((at, self.owned(*entity)?)))
    }

    /// How many steps create a row of an entity.
    pub(crate) fn creators(&self, entity: usize) -> usize {
        self.model.flow.entities()[entity].creators.len()
    }

    /// The name of an entity.
    pub(crate) fn entity_name(&self, entity: usize) -> &str {
        self.spec.entity(self.model.entities[entity]).name.as_str()
    }

    /// The column with the correlation in a table of a service, if its rows belong to single instances, and
    /// whether a new row begins one.
    pub(crate) fn correlated(&self, service: &str, table: &str) -> Option<(String, bool)> {
        let found = self
            .spec
            .entities()
            .iter()
            .find(|entity| entity.table.as_str() == table && self.owner(entity.id) == service)?;
        Some((self.owned(found.id)?.column, self.begun().any(|begun| begun == found.id)))
    }

    /// Whether what is published on a topic begins an instance.
    pub(crate) fn begins(&self, topic: &str) -> bool {
        let mut messages = (0..self.messages()).filter(|message| self.wires[*message].topic == topic);
        messages.any(|message| self.is_published_at_the_beginning(message))
    }
}

/// A correlation as text, as it stands in keys.
pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The name of a column: `orderId` is `order_id`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
