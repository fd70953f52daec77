//! The resolved specification, as a graph of services, steps and events. Only
//! [`check`](crate::check::check) makes one.

mod deploy;
mod event;
mod flow;
mod platform;
pub(crate) mod row_ordering;
mod service;
mod step;
mod types;

pub use deploy::*;
pub use event::*;
pub use flow::*;
pub(crate) use platform::is_cidr;
pub use platform::*;
pub use service::*;
pub use step::*;
pub use types::*;

use crate::names::{FieldName, Namespace, SagaName};
use crate::source::Span;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) usize);

        impl $name {
            /// The place in the file-ordered list.
            pub fn index(self) -> usize {
                self.0
            }
        }
    )*};
}

ids! {
    /// Names a saga of the file.
    SagaId;
    /// Names a declared type.
    TypeId;
    /// Names an event.
    EventId;
    /// Names a service.
    ServiceId;
    /// Names an entity.
    EntityId;
    /// Names a step.
    StepId;
    /// Names a compensation.
    CompensationId;
}

/// A specification in which every name is resolved and every value has a
/// source. The proof explores it, pictures show it, and once it is
/// [`Accepted`](crate::accepted::Accepted), services are generated from it.
///
/// What must hold: an id is a valid index into the list of its kind, and lists
/// that belong together have one order: a creation or an emission has exactly one
/// source for each field of its entity or event, in the order of declaration.
/// Nothing is half filled. Only [`check`](crate::check::check) makes one, and
/// only if what it reported leaves no gap, so later stages index without looking
/// and have no errors of their own. A gap would show as a panic there, far from
/// the line of the file that caused it.
///
/// What need not hold: messages may get lost, and runs may end badly. The proof
/// says so, and a picture shows where. See `docs/language.md` and
/// `docs/proof.md`.
#[derive(Debug)]
pub struct Resolved {
    pub(crate) sagas: Vec<Saga>,
    pub(crate) namespace: Namespace,
    pub(crate) platform: Platform,
    pub(crate) types: Vec<TypeDef>,
    pub(crate) events: Vec<Event>,
    pub(crate) services: Vec<Service>,
    pub(crate) entities: Vec<Entity>,
    pub(crate) steps: Vec<Step>,
    pub(crate) compensations: Vec<Compensation>,
    pub(crate) failures: Vec<EventRef>,
}

/// A saga: its name, and the field that tells its instances apart.
#[derive(Debug, Clone)]
pub struct Saga {
    /// Its place in the list of sagas.
    pub id: SagaId,
    /// Its name.
    pub name: SagaName,
    /// The correlation field, in every event of the saga.
    pub correlation: FieldName,
    /// The correlation's type.
    pub correlation_type: Type,
    /// Where it is named.
    pub span: Span,
}

impl Resolved {
    /// The sagas of the file. One, in this version of the language.
    pub fn sagas(&self) -> &[Saga] {
        &self.sagas
    }

    /// The saga of that id.
    pub fn saga(&self, id: SagaId) -> &Saga {
        &self.sagas[id.0]
    }

    /// The Kubernetes namespace.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// What all services are deployed to.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The declared types, in file order.
    pub fn types(&self) -> &[TypeDef] {
        &self.types
    }

    /// The type of a field of a record.
    pub fn record_field(&self, record: &Type, name: &FieldName) -> Option<&Type> {
        let Type::Declared(declared) = record else { return None };
        let TypeShape::Record(fields) = &self.type_def(declared.id).shape else { return None };
        fields.iter().find(|field| field.name == *name).map(|field| &field.ty)
    }

    /// The declared type of that id.
    pub fn type_def(&self, id: TypeId) -> &TypeDef {
        &self.types[id.0]
    }

    /// The events, in file order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The event of that id.
    pub fn event(&self, id: EventId) -> &Event {
        &self.events[id.0]
    }

    /// The services, in file order.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The service of that id.
    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.0]
    }

    /// The entities, service by service.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// The entity of that id.
    pub fn entity(&self, id: EntityId) -> &Entity {
        &self.entities[id.0]
    }

    /// The entities of a service.
    pub fn entities_of(&self, service: ServiceId) -> impl Iterator<Item = &Entity> {
        let ids = &self.services[service.0].entities;
        ids.iter().map(|id| self.entity(*id))
    }

    /// Every step: requests and subscriptions service by service, then the
    /// steps that compensate.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The step of that id.
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.0]
    }

    /// The steps of a service, those that compensate last.
    pub fn steps_of(&self, service: ServiceId) -> impl Iterator<Item = &Step> {
        let ids = &self.services[service.0].steps;
        ids.iter().map(|id| self.step(*id))
    }

    /// The compensations, in file order.
    pub fn compensations(&self) -> &[Compensation] {
        &self.compensations
    }

    /// The compensation of that id.
    pub fn compensation(&self, id: CompensationId) -> &Compensation {
        &self.compensations[id.0]
    }

    /// How a step is compensated, if the file says so.
    pub fn compensation_of(&self, step: StepId) -> Option<&Compensation> {
        self.compensations.iter().find(|it| it.of == step)
    }

    /// The events on which an entity reaches a failed end.
    pub fn failures(&self) -> &[EventRef] {
        &self.failures
    }

    /// The events a service reads, each once, in the order of its steps. What
    /// only its closers or compensations read counts too.
    pub fn events_read_by(&self, service: ServiceId) -> Vec<EventId> {
        let mut read = Vec::new();
        for step in self.steps_of(service) {
            let unless = step.closers.iter().filter_map(|closer| match closer {
                Closer::Unless(event) => Some(event.event),
                Closer::FailedTrigger(..) | Closer::Deadline(..) => None,
            });
            let triggers = step.triggers.iter().map(|trigger| trigger.event);
            read.extend(triggers.chain(unless));
        }
        each_once(read)
    }

    /// The events a service publishes, each once, in the order of its steps.
    pub fn events_published_by(&self, service: ServiceId) -> Vec<EventId> {
        let mut published = Vec::new();
        for step in self.steps_of(service) {
            published.extend(step.emissions.iter().map(|emission| emission.event));
            published.extend(step.commands.iter().map(|command| command.command));
        }
        each_once(published)
    }
}

fn each_once(ids: Vec<EventId>) -> Vec<EventId> {
    let mut seen = std::collections::HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}
