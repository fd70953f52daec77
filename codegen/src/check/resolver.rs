//! The checked specification while it is being made.

use std::collections::{BTreeMap, HashSet};

use super::Checked;
use super::step_draft::StepDraft;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest};
use crate::names::{FieldName, Namespace, SagaName};
use crate::resolved::*;
use crate::source::Span;
use crate::spec::{EventPath, Spec, StepDecl, Word};

/// What the stages have found out so far.
pub(super) struct Resolver<'s> {
    pub spec: &'s Spec,
    pub out: Diagnostics,
    /// The correlation field and, once an event has it, its type.
    pub correlation: Option<(FieldName, Type)>,
    pub types: Vec<TypeDef>,
    pub events: Vec<Event>,
    pub services: Vec<Service>,
    pub entities: Vec<Entity>,
    pub steps: Vec<StepDraft>,
    /// The declaration of each step; none for one that compensates.
    pub decls: Vec<Option<&'s StepDecl>>,
    pub compensations: Vec<Compensation>,
    pub failures: Vec<EventRef>,
    pub type_names: BTreeMap<&'s str, TypeId>,
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
    pub fn new(spec: &'s Spec) -> Self {
        Self {
            spec,
            out: spec.findings.clone(),
            correlation: None,
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

    /// What was found, and the specification if every part of it was resolved.
    pub fn finish(mut self) -> Checked {
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
            types: self.types,
            events: self.events,
            services: self.services,
            entities: self.entities,
            steps: self.steps.into_iter().map(StepDraft::finish).collect::<Option<_>>()?,
            compensations: self.compensations,
            failures: self.failures,
        })
    }

    pub fn event(&self, id: EventId) -> &Event {
        &self.events[id.0]
    }

    pub fn entity(&self, id: EntityId) -> &Entity {
        &self.entities[id.0]
    }

    /// Whether what a step lacks may be due to what was reported already.
    pub fn is_tainted(&self, step: StepId) -> bool {
        self.broken_steps.contains(&step) || self.inconsistent_steps.contains(&step)
    }

    /// Whether a field is the correlation.
    pub fn is_correlation(&self, name: &str) -> bool {
        let correlation = self.spec.correlation.as_ref();
        correlation.is_some_and(|it| it.value == name)
    }

    /// The event of that name.
    pub fn resolve_event(&mut self, name: &Word) -> Option<EventId> {
        if let Some(id) = self.event_names.get(name.value.as_str()) {
            return Some(*id);
        }
        let known = self.event_names.keys().copied();
        let (found, meant) = unknown(name, "event", known, "events");
        self.out.push(found);
        meant.and_then(|meant| self.event_names.get(meant.as_str()).copied())
    }

    /// The event, and its variant, that a path names.
    pub fn resolve_path(&mut self, path: &EventPath) -> Option<EventRef> {
        let EventPath { event, variant, span } = path;
        let id = self.resolve_event(event)?;
        let variant = match variant {
            None => None,
            Some(name) => Some(self.resolve_variant(id, name)?),
        };
        Some(EventRef { event: id, variant, span: *span })
    }

    /// The variant of that name.
    pub fn resolve_variant(&mut self, id: EventId, name: &Word) -> Option<VariantIndex> {
        if self.broken_events.contains(&id) && self.event(id).outcome.is_none() {
            return None;
        }
        let event = self.event(id);
        let Some(outcome) = &event.outcome else {
            let message = format!("`{}` has no variants", event.name);
            let found = Diagnostic::error(Code::UnknownVariant, name.span, message)
                .label("this event has no `outcome`")
                .also(event.span, "declared here")
                .help(format!("write `{}`, or declare `outcome: success`", event.name));
            self.out.push(found);
            return None;
        };
        let names: Vec<&str> = outcome.variants.iter().map(|it| it.name.as_str()).collect();
        let position = |wanted: &str| names.iter().position(|it| *it == wanted);
        if let Some(index) = position(&name.value) {
            return Some(VariantIndex(index));
        }
        let meant = nearest(&name.value, names.iter().copied());
        let message = format!("`{}` has no variant `{}`", event.name, name.value);
        let found = Diagnostic::error(Code::UnknownVariant, name.span, message);
        let variants = crate::diagnostic::one_of(&names);
        let found = found
            .label(hint(meant, "no such variant"))
            .also(outcome.span, "its variants are declared here")
            .help(format!("write {variants} after the dot"));
        let meant = meant.and_then(position).map(VariantIndex);
        self.out.push(found);
        meant
    }

    /// The entity of that name in a service. Services share nothing, so an
    /// entity of another one does not count.
    pub fn resolve_entity(&mut self, service: ServiceId, name: &Word) -> Option<EntityId> {
        let ids = &self.services[service.0].entities;
        let named = |wanted: &str| {
            let named = |id: &&EntityId| self.entity(**id).name.as_str() == wanted;
            ids.iter().find(named).copied()
        };
        if let Some(id) = named(&name.value) {
            return Some(id);
        }
        let known = ids.iter().map(|id| self.entity(*id).name.as_str());
        let owner = self.services[service.0].name.to_string();
        let (mut found, meant) = unknown(name, "entity", known, "entities");
        found.message = format!("`{owner}` has no entity `{}`", name.value);
        let elsewhere = self.entities.iter().find(|it| it.name.as_str() == name.value);
        if let Some(elsewhere) = elsewhere {
            let other = &self.services[elsewhere.service.0].name;
            found = found.also(elsewhere.span, format!("`{other}` has one; services share nothing"));
        }
        let meant = meant.and_then(|meant| named(&meant));
        self.out.push(found);
        meant
    }

    /// Records a finding.
    pub fn error(&mut self, code: Code, span: Span, message: impl Into<String>) -> Pending<'_> {
        Pending { out: &mut self.out, found: Some(Diagnostic::error(code, span, message)) }
    }
}

/// A finding that is recorded when its text is complete.
#[must_use]
pub(super) struct Pending<'o> {
    out: &'o mut Diagnostics,
    found: Option<Diagnostic>,
}

impl Pending<'_> {
    pub fn label(self, label: impl Into<String>) -> Self {
        self.change(|found| found.label(label))
    }

    pub fn also(self, span: Span, label: impl Into<String>) -> Self {
        self.change(|found| found.also(span, label))
    }

    /// Ends the finding with what to write.
    pub fn help(mut self, help: impl Into<String>) {
        if let Some(found) = self.found.take() {
            self.out.push(found.help(help));
        }
    }

    fn change(mut self, change: impl FnOnce(Diagnostic) -> Diagnostic) -> Self {
        self.found = self.found.map(change);
        self
    }
}

/// A name that resolves to nothing, and what it most likely means.
pub(super) fn unknown<'a>(
    name: &Word,
    what: &str,
    known: impl Iterator<Item = &'a str>,
    section: &str,
) -> (Diagnostic, Option<String>) {
    let known: Vec<&str> = known.collect();
    let meant = nearest(&name.value, known.iter().copied());
    let message = format!("there is no {what} `{}`", name.value);
    let found = Diagnostic::error(Code::UnknownName, name.span, message);
    let found = found.label(hint(meant, "declared nowhere"));
    let found = match (meant, known.as_slice()) {
        (Some(meant), _) => found.help(format!("write `{meant}`, or declare `{}`", name.value)),
        (None, []) => found.help(format!("declare it under `{section}`")),
        (None, [_, ..]) if known.len() <= 8 => found
            .help(format!("write {}, or declare it under `{section}`", crate::diagnostic::one_of(&known))),
        (None, _) => found.help(format!("declare it under `{section}`")),
    };
    (found, meant.map(str::to_owned))
}

/// The nearest name as a question.
pub(super) fn hint(meant: Option<&str>, otherwise: &str) -> String {
    meant.map_or_else(|| otherwise.to_owned(), |meant| format!("did you mean `{meant}`?"))
}
