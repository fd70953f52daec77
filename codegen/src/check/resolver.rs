//! The checked specification while it is being made.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;

use super::Checked;
use super::findings::names;
use super::step_draft::StepDraft;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::names::{FieldName, Namespace, SagaName};
use crate::resolved::*;
use crate::source::Span;
use crate::spec::{EntityDecl, EventPath, Spec, StepDecl, Word};

/// What the stages have found out so far.
pub(super) struct Resolver<'s> {
    pub spec: &'s Spec,
    pub out: Diagnostics,
    /// The correlation field and, once an event has it, its type.
    pub correlation: Option<(FieldName, Type)>,
    pub platform: Platform,
    pub types: Vec<TypeDef>,
    pub events: Vec<Event>,
    pub services: Vec<Service>,
    pub entities: Vec<Entity>,
    pub steps: Vec<StepDraft>,
    /// The declaration of each step; none for one that compensates.
    pub decls: Vec<Option<&'s StepDecl>>,
    pub compensations: Vec<Compensation>,
    pub failures: Vec<EventRef>,
    pub type_names: BTreeMap<&'s str, Declared>,
    pub event_names: BTreeMap<&'s str, EventId>,
    pub broken_events: HashSet<EventId>,
    pub broken_entities: HashSet<EntityId>,
    /// Steps of which a part could not be read.
    pub broken_steps: HashSet<StepId>,
    /// Steps whose keys do not go together: read, but not worth a second
    /// complaint.
    pub inconsistent_steps: HashSet<StepId>,
}

impl<'s> Resolver<'s> {
    pub(super) fn new(spec: &'s Spec) -> Self {
        Self {
            spec,
            out: spec.findings.clone(),
            correlation: None,
            platform: Platform::default(),
            types: Vec::new(),
            events: Vec::new(),
            services: Vec::new(),
            entities: Vec::new(),
            steps: Vec::new(),
            decls: Vec::new(),
            compensations: Vec::new(),
            failures: Vec::new(),
            type_names: BTreeMap::new(),
            event_names: BTreeMap::new(),
            broken_events: HashSet::new(),
            broken_entities: HashSet::new(),
            broken_steps: HashSet::new(),
            inconsistent_steps: HashSet::new(),
        }
    }

    /// Whether the file names the table of an entity.
    pub(super) fn names_its_table(&self, id: EntityId) -> bool {
        self.entity_decl(id).is_some_and(|decl| decl.table.is_some())
    }

    /// Where the table of an entity is named, or else the entity.
    pub(super) fn table_span(&self, id: EntityId) -> Span {
        let table = self.entity_decl(id).and_then(|decl| decl.table.as_ref());
        table.map_or(self.entity(id).span, |table| table.span)
    }

    fn entity_decl(&self, id: EntityId) -> Option<&'s EntityDecl> {
        let all = self.spec.services.iter().flat_map(|service| &service.entities);
        all.into_iter().nth(id.0)
    }

    /// What was found, and the specification if every part of it was resolved.
    pub(super) fn finish(mut self) -> Checked {
        let found = std::mem::take(&mut self.out);
        let resolved = if found.leave_no_whole_flow() { None } else { self.whole() };
        debug_assert!(resolved.is_some() || found.has_errors(), "what is missing was not reported");
        Checked { resolved, found }
    }

    fn whole(self) -> Option<Resolved> {
        let saga = self.spec.saga.as_ref()?;
        let (correlation, correlation_type) = self.correlation?;
        let namespace = self.spec.namespace.as_ref().unwrap_or(saga);
        Some(Resolved {
            sagas: vec![Saga {
                id: SagaId(0),
                name: SagaName::new(saga.value.clone()),
                correlation,
                correlation_type,
                span: saga.span,
            }],
            namespace: Namespace::new(namespace.value.clone()),
            platform: self.platform,
            types: self.types,
            events: self.events,
            services: self.services,
            entities: self.entities,
            steps: self.steps.into_iter().map(StepDraft::finish).collect::<Option<_>>()?,
            compensations: self.compensations,
            failures: self.failures,
        })
    }

    pub(super) fn event(&self, id: EventId) -> &Event {
        &self.events[id.0]
    }

    pub(super) fn entity(&self, id: EntityId) -> &Entity {
        &self.entities[id.0]
    }

    /// Whether what a step lacks may be due to what was reported already.
    pub(super) fn is_tainted(&self, step: StepId) -> bool {
        self.broken_steps.contains(&step) || self.inconsistent_steps.contains(&step)
    }

    /// Whether a field is the correlation.
    pub(super) fn is_correlation(&self, name: &str) -> bool {
        let correlation = self.spec.correlation.as_ref();
        correlation.is_some_and(|it| it.value == name)
    }

    /// The event of that name.
    pub(super) fn resolve_event(&mut self, name: &Word) -> Option<EventId> {
        if let Some(id) = self.event_names.get(name.value.as_str()) {
            return Some(*id);
        }
        let known = self.event_names.keys().copied();
        let (found, meant) = names::unknown(name, "event", known, "events");
        self.report(found);
        meant.and_then(|meant| self.event_names.get(meant.as_str()).copied())
    }

    /// The event, and its variant, that a path names.
    pub(super) fn resolve_path(&mut self, path: &EventPath) -> Option<EventRef> {
        let EventPath { event, variant, span } = path;
        let id = self.resolve_event(event)?;
        let variant = match variant {
            None => None,
            Some(name) => Some(self.resolve_variant(id, name)?),
        };
        Some(EventRef { event: id, variant, span: *span })
    }

    /// The variant of that name.
    pub(super) fn resolve_variant(&mut self, id: EventId, name: &Word) -> Option<VariantIndex> {
        if self.broken_events.contains(&id) && self.event(id).outcome.is_none() {
            return None;
        }
        let event = self.event(id);
        let Some(outcome) = &event.outcome else {
            let found = names::no_variants(name, &event.name, event.span);
            self.report(found);
            return None;
        };
        let variants: Vec<&str> = outcome.variants.iter().map(|it| it.name.as_str()).collect();
        let position = |wanted: &str| variants.iter().position(|it| *it == wanted);
        if let Some(index) = position(&name.value) {
            return Some(VariantIndex(index));
        }
        let meant = nearest(&name.value, variants.iter().copied());
        let found = names::unknown_variant(name, &event.name, &variants, outcome.span);
        let meant = meant.and_then(position).map(VariantIndex);
        self.report(found);
        meant
    }

    /// The entity of that name in a service. Services share nothing, so an
    /// entity of another one does not count.
    pub(super) fn resolve_entity(&mut self, service: ServiceId, name: &Word) -> Option<EntityId> {
        let ids = &self.services[service.0].entities;
        let named = |wanted: &str| {
            let named = |id: &&EntityId| self.entity(**id).name.as_str() == wanted;
            ids.iter().find(named).copied()
        };
        if let Some(id) = named(&name.value) {
            return Some(id);
        }
        let known = ids.iter().map(|id| self.entity(*id).name.as_str());
        let elsewhere = self.entities.iter().find(|it| it.name.as_str() == name.value);
        let elsewhere = elsewhere.map(|it| (&self.services[it.service.0].name as &dyn Display, it.span));
        let (found, meant) = names::unknown_entity(name, &self.services[service.0].name, known, elsewhere);
        let meant = meant.and_then(|meant| named(&meant));
        self.report(found);
        meant
    }

    /// Records a finding.
    pub(super) fn report(&mut self, found: Diagnostic) {
        self.out.push(found);
    }
}
