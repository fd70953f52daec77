//! Events: fields, variants, topics, and the correlation in each of them.

use std::collections::HashMap;

use super::findings::events as findings;
use super::resolver::Resolver;
use super::{deploy, literal, types};
use crate::diagnostic::nearest;
use crate::names::{self, EventName, FieldName, Topic, Value, WireName};
use crate::resolved::*;
use crate::source::Span;
use crate::spec::{EventDecl, EventFieldDecl, OutcomeDecl, Word};

pub(super) fn declare(resolver: &mut Resolver<'_>) {
    let decls: &[EventDecl] = &resolver.spec.events;
    for (index, decl) in decls.iter().enumerate() {
        let id = EventId(index);
        resolver.event_names.insert(&decl.name.value, id);
        if let Some(other) = resolver.type_names.get(decl.name.value.as_str()) {
            let other = resolver.types[other.id.0].span;
            resolver.report(findings::event_and_type(&decl.name, other));
        }
        let event = event(resolver, id, decl);
        resolver.events.push(event);
    }
    refuse_shared_topics(resolver);
    find_correlation(resolver);
}

fn event(resolver: &mut Resolver<'_>, id: EventId, decl: &EventDecl) -> Event {
    let EventDecl { name, fields, outcome, failure, topic, external, partitions, retention, broken } = decl;
    let outcome = outcome.as_ref().map(|decl| resolve_outcome(resolver, decl, failure.as_ref(), fields));
    if let (None, Some(failure), false) = (&outcome, failure, broken) {
        resolver.report(findings::failure_without_outcome(failure.span));
    }
    let can_fail = outcome.as_ref().is_some_and(|outcome| outcome.failing.is_some());
    // A repeated outcome was reported, and is no field.
    let is_outcome = |name: &Word| outcome.as_ref().is_some_and(|it| it.field.as_str() == name.value);
    let decls: Vec<&EventFieldDecl> = fields.iter().filter(|it| !is_outcome(&it.name)).collect();
    let written = decls.len();
    let fields: Vec<EventField> =
        decls.into_iter().filter_map(|decl| field(resolver, decl, can_fail || *broken)).collect();
    if *broken || fields.len() < written {
        resolver.broken_events.insert(id);
    }
    refuse_shared_wire_names(resolver, &fields, outcome.as_ref());
    let topic = topic.as_ref().map_or_else(|| names::kebab(&name.value), |it| it.value.clone());
    Event {
        id,
        saga: SagaId(0),
        name: EventName::new(name.value.clone()),
        topic: Topic::new(topic),
        fields,
        outcome,
        external: external.as_ref().map_or(External::No, |it| it.value),
        partitions: deploy::partitions(resolver, partitions.as_ref()),
        retention: deploy::retention(resolver, retention.as_ref()),
        span: name.span,
    }
}

fn resolve_outcome(
    resolver: &mut Resolver<'_>,
    decl: &OutcomeDecl,
    failure: Option<&Word>,
    fields: &[EventFieldDecl],
) -> Outcome {
    let OutcomeDecl { field, values } = decl;
    if let Some(repeated) = fields.iter().find(|it| it.name.value == field.value) {
        resolver.report(findings::outcome_among_fields(field, repeated.name.span));
    }
    let (kind, variants) = match values {
        None => (OutcomeKind::Boolean, boolean_variants()),
        Some(values) => (OutcomeKind::Values, values.iter().map(named_variant).collect()),
    };
    let failing = failing(resolver, failure, &variants, field.span);
    let default = (kind == OutcomeKind::Boolean && failure.is_none()).then_some(VariantIndex::FAILURE);
    Outcome {
        field: FieldName::new(field.value.clone()),
        kind,
        variants,
        failing: failing.or(default),
        span: field.span,
    }
}

fn boolean_variants() -> Vec<Variant> {
    let variant = |name: &str, value| Variant { name: name.to_owned(), wire: WireValue::Bool(value) };
    vec![variant("success", true), variant("failure", false)]
}

fn named_variant(word: &Word) -> Variant {
    Variant { name: word.value.clone(), wire: WireValue::Text(Value::new(word.value.clone())) }
}

fn failing(
    resolver: &mut Resolver<'_>,
    failure: Option<&Word>,
    variants: &[Variant],
    outcome: Span,
) -> Option<VariantIndex> {
    let failure = failure?;
    let names: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
    if let Some(index) = names.iter().position(|name| *name == failure.value) {
        return Some(VariantIndex(index));
    }
    let meant = nearest(&failure.value, names.iter().copied());
    resolver.report(findings::unknown_failure(failure, &names, outcome));
    names.iter().position(|name| Some(*name) == meant).map(VariantIndex)
}

fn field(resolver: &mut Resolver<'_>, decl: &EventFieldDecl, can_fail: bool) -> Option<EventField> {
    let EventFieldDecl { name, ty, wire, on_failure } = decl;
    let ty = types::resolve(resolver, ty)?;
    let on_failure = on_failure.as_ref().and_then(|node| {
        if !can_fail {
            resolver.report(findings::on_failure_without_failure(node.span));
            return None;
        }
        if node.is_null() {
            return Some(Literal::Null);
        }
        literal::read(node, &ty, &resolver.types)
            .map_err(|expected| {
                resolver.report(findings::bad_on_failure(&name.value, &expected, node.span));
            })
            .ok()
    });
    let wire = wire.as_ref().unwrap_or(name);
    Some(EventField {
        name: FieldName::new(name.value.clone()),
        wire: WireName::new(wire.value.clone()),
        ty,
        on_failure,
        span: name.span,
    })
}

fn refuse_shared_wire_names(resolver: &mut Resolver<'_>, fields: &[EventField], outcome: Option<&Outcome>) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    if let Some(outcome) = outcome {
        seen.insert(outcome.field.as_str(), outcome.span);
    }
    for field in fields {
        if let Some(first) = seen.insert(field.wire.as_str(), field.span) {
            resolver.report(findings::shared_wire_name(&field.wire, field.span, first));
        }
    }
}

fn refuse_shared_topics(resolver: &mut Resolver<'_>) {
    let mut seen: HashMap<Topic, Span> = HashMap::new();
    let spec = resolver.spec;
    for index in 0..resolver.events.len() {
        let declared = spec.events[index].topic.as_ref().map(|topic| topic.span);
        let span = declared.unwrap_or(resolver.events[index].span);
        let topic = resolver.events[index].topic.clone();
        match seen.get(&topic) {
            Some(first) => {
                let first = *first;
                resolver.report(findings::shared_topic(&topic, span, first));
            }
            None => _ = seen.insert(topic, span),
        }
    }
}

/// The correlation's type is that of the first event that has it.
fn find_correlation(resolver: &mut Resolver<'_>) {
    let Some(correlation) = resolver.spec.correlation.as_ref() else {
        return;
    };
    let name = correlation.value.as_str();
    let first = resolver.events.iter().find_map(|event| event.field(name)).cloned();
    let Some(first) = first else {
        return correlation_is_nowhere(resolver, correlation);
    };
    let key = matches!(first.ty, Type::I32 | Type::I64(_) | Type::Uuid | Type::String);
    if !key {
        let shown = types::show(resolver, &first.ty);
        resolver.report(findings::correlation_type(&shown, first.span, correlation.span));
    }
    for index in 0..resolver.events.len() {
        let id = EventId(index);
        let event = &resolver.events[index];
        let (event_name, span) = (event.name.clone(), event.span);
        let field = event.field(name).map(|field| (field.ty.clone(), field.span));
        match field {
            None if resolver.broken_events.contains(&id) => {}
            None => {
                resolver.broken_events.insert(id);
                let shown = types::show(resolver, &first.ty);
                resolver.report(findings::lacks_correlation(&event_name, span, correlation, &shown));
            }
            Some((ty, span)) if ty != first.ty => {
                resolver.broken_events.insert(id);
                let shown = types::show(resolver, &first.ty);
                resolver.report(findings::other_correlation_type(
                    &event_name,
                    name,
                    &shown,
                    span,
                    first.span,
                ));
            }
            Some(_) => {}
        }
    }
    resolver.correlation = Some((FieldName::new(name), first.ty));
}

fn correlation_is_nowhere(resolver: &mut Resolver<'_>, correlation: &Word) {
    if resolver.events.iter().all(|event| event.fields.is_empty()) {
        return;
    }
    let fields = resolver.events.iter().flat_map(|event| &event.fields);
    let names: Vec<String> = fields.map(|field| field.name.to_string()).collect();
    resolver.report(findings::correlation_nowhere(correlation, &names));
    let all = (0..resolver.events.len()).map(EventId);
    resolver.broken_events.extend(all);
}
