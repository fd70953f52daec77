//! The flow that is proved, with a name for each of its parts.

use std::collections::HashMap;

use crate::lower::event::what;
use crate::lower::scope::Scope;
use crate::model::{FlowCode, Ident, Named};
use crate::prove::model::FlowModel;
use crate::resolved::{EntityId, EventId, Resolved, ServiceId, StepId, VariantIndex};

/// The flow, and where in it everything is.
pub(super) struct Places {
    code: FlowCode,
    steps: HashMap<StepId, usize>,
    messages: HashMap<(EventId, Option<VariantIndex>), usize>,
    entities: Vec<EntityId>,
}

impl Places {
    pub(super) fn of(spec: &Resolved) -> Self {
        let model = FlowModel::of(spec);
        let steps = model.steps.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let messages = model.messages.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let code = FlowCode {
            services: named(spec.services().iter().map(|service| service.name.to_string())),
            entities: named(model.entities.iter().map(|id| spec.entity(*id).name.to_string())),
            messages: named(model.messages.iter().map(|(event, variant)| what(spec, *event, *variant))),
            steps: named(model.steps.iter().map(|id| spec.step(*id).name.to_string())),
            flow: model.flow,
        };
        Self { code, steps, messages, entities: model.entities }
    }

    /// Where the step is in the flow, if it takes part.
    pub(super) fn step(&self, step: StepId) -> Option<usize> {
        self.steps.get(&step).copied()
    }

    /// The constant with the step's place.
    pub(super) fn step_const(&self, step: StepId) -> Option<&Ident> {
        self.step(step).map(|place| &self.code.steps[place].ident)
    }

    /// Whether instances have rows of their own of this entity.
    pub(super) fn has_rows_of(&self, entity: EntityId) -> bool {
        self.entities.contains(&entity)
    }

    /// The constant with a message's place.
    pub(super) fn message_const(&self, event: EventId, variant: Option<VariantIndex>) -> &Ident {
        &self.code.messages[self.messages[&(event, variant)]].ident
    }

    /// The constant with a service's place.
    pub(super) fn service_const(&self, service: ServiceId) -> &Ident {
        &self.code.services[service.index()].ident
    }

    /// The flow itself.
    pub(super) fn flow(&self) -> &saga_step::flow::Flow {
        &self.code.flow
    }

    pub(super) fn into_code(self) -> FlowCode {
        self.code
    }
}

/// A constant for each name, no two alike.
fn named(names: impl Iterator<Item = String>) -> Vec<Named> {
    let mut scope = Scope::default();
    names.map(|name| Named { ident: scope.take(Ident::constant(&name), "_TOO"), name }).collect()
}
